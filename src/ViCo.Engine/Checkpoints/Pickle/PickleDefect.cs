namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>Where in which file a defect lies.</summary>
internal readonly record struct PickleDefect(string File, int At)
{
    public InvalidDataException Exception(string what) => new($"PyTorch file '{File}': byte {At} of the pickle: {what}.");
}
