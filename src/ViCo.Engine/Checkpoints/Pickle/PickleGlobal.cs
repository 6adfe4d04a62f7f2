namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>A name from the list of <see cref="PickleGlobals"/>: a label for what follows, not code.</summary>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, ScalarType? DType = null);
