using System.Text.Encodings.Web;

namespace ViCo.Engine.Checkpoints;

/// <summary>A tensor to write: what it will be, and how to get it.</summary>
/// <param name="Make">Called once, in a dispose scope that frees what it makes.</param>
internal sealed record LazyTensor(string Name, ScalarType DType, IReadOnlyList<long> Shape, Func<Tensor> Make);
