using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Models.Files;

/// <summary>Weights of one network, and how its keys are called here.</summary>
/// <param name="Rename">A key of the file to diffusers' name, or null where it is known to belong elsewhere or to be superfluous.</param>
internal sealed record NetworkWeights(IWeightFile File, Func<string, string?> Rename);
