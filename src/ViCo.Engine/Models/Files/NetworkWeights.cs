using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Models.Files;

/// <summary>Weights of one network, and how its keys are called here.</summary>
/// <param name="Rename">A key of the file to diffusers' name, or null where it is known to belong elsewhere or to be superfluous.</param>
internal sealed record NetworkWeights(IWeightFile File, Func<string, string?> Rename)
{
    /// <summary>A copy of a tensor as float32, by the name that the network has for it. The caller's dispose scope owns it.</summary>
    /// <exception cref="InvalidDataException">There is none of that name.</exception>
    public Tensor Load(string name) => File.Load(File.Names.FirstOrDefault(key => Rename(key) == name)
        ?? throw new InvalidDataException($"'{File.Name}' has no tensor '{name}'."));
}
