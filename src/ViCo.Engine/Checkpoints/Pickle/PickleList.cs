namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>A list or a set.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; init; } = [];
}
