using ViCo.Engine.Models;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// Weights of frozen layers with low-rank pairs added to them, W + Σ s · B A, which stand in for the layers' own in a pass: it then costs
/// what the base model alone does. Hu et al. 2021, LoRA (arXiv:2106.09685), §4.1. Owns its weights.
/// </summary>
/// <remarks>
/// The base model's own are not touched: where this is no more, it is what it was, to the bit. A pass has no room for other concepts.
/// </remarks>
internal sealed class FoldedWeights : IPart
{
    private readonly IReadOnlyList<(NetworkLayer Layer, Tensor Weight)> _layers;

    /// <param name="pairs">Several may have pairs at the same layer.</param>
    public FoldedWeights(IEnumerable<LowRank> pairs)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        _layers =
        [
            .. pairs.SelectMany(p => p.Products()).GroupBy(p => p.Layer.Layer, ReferenceEqualityComparer.Instance).Select(at =>
            {
                // One layer's at a time: together they are as large as the networks, once for each set of pairs.
                using var one = NewDisposeScope();
                var layer = at.First().Layer;
                // Added up in the pairs' number type, which holds more than a frozen network of half precision does.
                var added = at.Select(p => p.Added()).Aggregate((sum, next) => sum.Plus(next));
                return (layer, layer.Weight.As(added.dtype).Plus(added).As(layer.Weight.dtype).DetachFromDisposeScope());
            }),
        ];
    }

    /// <summary>None: nothing of it is learned or kept.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors => [];

    public double LearningRate => 0;

    public bool TouchesOtherTexts => true;

    public bool SharesPasses => false;

    /// <summary>The layers, with the weights that stand in for theirs.</summary>
    public IReadOnlyList<(NetworkLayer Layer, Tensor Weight)> Layers => _layers;

    /// <exception cref="InvalidOperationException">Always: it is made of pairs that have their numbers.</exception>
    public void Create(Generator random) => throw new InvalidOperationException("Folded weights are made of low-rank pairs.");

    public void Join(Adaptation pass, Share share)
    {
        foreach (var (layer, weight) in _layers) pass.StandIn(layer.Layer, layer.With(weight));
    }

    public void Dispose()
    {
        foreach (var (_, weight) in _layers) weight.Dispose();
    }
}
