namespace ViCo.Engine.Checkpoints.Pickle;

// What a pickle may hold, besides null, bool, long, BigInteger, double, string and byte[]. All of it is data; none of it is ever called.
// No structural equality and no recursive printing: a hostile file may nest values deeply or make them hold themselves.

internal sealed class PickleTuple(object?[] items)
{
    public IReadOnlyList<object?> Items { get; } = items;
}
