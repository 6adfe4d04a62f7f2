namespace ViCo.Engine.Models.Vae;

/// <summary>Lets group norms that see a picture tile by tile use the means and variances of the whole. Wu and He 2018.</summary>
/// <remarks>While it lives, the norms do as it says. Owns its tensors.</remarks>
internal sealed class SharedNorms : IDisposable
{
    private readonly Dictionary<GroupNorm, Moments> _gathered = [], _shared = [];
    private readonly List<Action> _remove = [];
    private Tile? _tile;

    public SharedNorms(IEnumerable<GroupNorm> norms)
    {
        foreach (var norm in norms)
        {
            var hook = norm.register_forward_hook((_, input, output) => After(norm, input, output));
            _remove.Add(hook.remove);
        }
    }

    /// <summary>Adds what the norms see from now on, a tile without its halo, to the whole's.</summary>
    public void Gather(Tile tile) => _tile = tile;

    /// <summary>From now on norms use what was gathered since the last call; before the first one, each tile's own means and variances.</summary>
    public void Share()
    {
        _tile = null;
        foreach (var moments in _shared.Values) moments.Dispose();
        _shared.Clear();
        foreach (var (norm, moments) in _gathered) _shared.Add(norm, moments);
        _gathered.Clear();
    }

    public void Dispose()
    {
        foreach (var remove in _remove) remove();
        foreach (var moments in _gathered.Values.Concat(_shared.Values)) moments.Dispose();
    }

    private Tensor After(GroupNorm norm, Tensor input, Tensor output)
    {
        if (_tile is not null) Add(norm, Groups(norm, _tile.WithoutHalo(input, input.shape[^1] / _tile.WidthWithHalo)));
        if (!_shared.TryGetValue(norm, out var moments)) return output;
        using var scope = NewDisposeScope();
        var mean = moments.Sum.Over(moments.Count);
        var variance = moments.Squares.Over(moments.Count) - mean * mean;
        var scaled = (Groups(norm, input) - mean.As(input.dtype)) * variance.Plus(norm.eps).rsqrt().As(input.dtype);
        return (scaled.view(input.shape) * norm.weight!.view(1, -1, 1, 1)).Plus(norm.bias!.view(1, -1, 1, 1)).MoveToOuterDisposeScope();
    }

    private void Add(GroupNorm norm, Tensor groups)
    {
        using var scope = NewDisposeScope();
        var own = groups.AtLeastSingle();
        var (sum, squares) = (own.sum(-1, keepdim: true), own.square().sum(-1, keepdim: true));
        var before = _gathered.GetValueOrDefault(norm);
        _gathered[norm] = new(
            (before is null ? sum : sum.Plus(before.Sum)).DetachFromDisposeScope(),
            (before is null ? squares : squares.Plus(before.Squares)).DetachFromDisposeScope(), own.shape[^1] + (before?.Count ?? 0));
        before?.Dispose();
    }

    /// <summary>[B, C, h, w] → [B, groups, C / groups · h · w].</summary>
    private static Tensor Groups(GroupNorm norm, Tensor map) => map.reshape(map.shape[0], norm.num_groups, -1);

    /// <param name="Sum">[B, groups, 1] of all values of a group.</param>
    /// <param name="Squares">The same of their squares.</param>
    /// <param name="Count">Values of a group.</param>
    private sealed record Moments(Tensor Sum, Tensor Squares, long Count) : IDisposable
    {
        public void Dispose()
        {
            Sum.Dispose();
            Squares.Dispose();
        }
    }
}
