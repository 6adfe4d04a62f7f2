namespace ViCo.Engine.Diffusion;

/// <summary>The newest few results of a run, for samplers that look back. Owns them.</summary>
internal sealed class Recent(int capacity) : IDisposable
{
    private readonly List<Tensor> _newestFirst = [];

    public int Count => _newestFirst.Count;

    /// <summary>0: the newest.</summary>
    public Tensor this[int age] => _newestFirst[age];

    public void Add(Tensor tensor)
    {
        _newestFirst.Insert(0, tensor.alias().DetachFromDisposeScope());
        if (Count <= capacity) return;
        _newestFirst[capacity].Dispose();
        _newestFirst.RemoveAt(capacity);
    }

    public void Dispose()
    {
        foreach (var tensor in _newestFirst) tensor.Dispose();
    }
}
