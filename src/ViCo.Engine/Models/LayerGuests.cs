namespace ViCo.Engine.Models;

/// <summary>The guests of one layer, in the order in which they joined.</summary>
internal sealed class LayerGuests
{
    private readonly List<(Share Share, ILayerGuest Guest)> _guests = [];

    /// <summary>What runs in the frozen layer's place; null: that itself.</summary>
    public Func<Tensor, Tensor>? Instead { get; set; }

    public void Add(Share share, ILayerGuest guest) => _guests.Add((share, guest));

    /// <summary>The frozen layer with its guests; in the caller's scope.</summary>
    /// <param name="axis">What the rows of <paramref name="input"/> are.</param>
    public Tensor Run(Func<Tensor, Tensor> layer, Tensor input, BatchAxis axis)
    {
        using var scope = NewDisposeScope();
        var fed = input;
        foreach (var (rows, guest) in Present())
        {
            var own = rows.Pick(fed);
            var changed = guest.Before(own);
            if (!ReferenceEquals(changed, own)) fed = rows.Put(fed, changed);
        }
        var output = (Instead ?? layer)(fed);
        foreach (var (rows, guest) in Present())
        {
            var own = rows.Pick(output);
            var changed = guest.After(rows.Pick(input), own);
            if (!ReferenceEquals(changed, own)) output = rows.Put(output, changed);
        }
        return output.MoveToOuterDisposeScope();

        IEnumerable<(Rows, ILayerGuest)> Present() =>
            _guests.Select(g => (Rows: g.Share.On(axis), g.Guest)).Where(g => g.Rows.AnyIn(input.shape[0]));
    }
}
