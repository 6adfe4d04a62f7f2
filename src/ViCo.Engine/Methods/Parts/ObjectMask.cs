using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Engine.Methods.Parts;

/// <summary>From a reference pass to what image blocks attend to, and to the regulariser. ViCo section 3.2 and 3.3.</summary>
internal static class ObjectMask
{
    /// <summary>Per layer the mask [P, N] of the object: Otsu on the map of S★.</summary>
    /// <param name="otsu">Masks from maps and bins; null: <see cref="Otsu.Mask(Tensor, int)"/>.</param>
    public static IReadOnlyDictionary<int, Tensor> Masks(
        ReferenceFeatures features, Tensor placeholder, int otsuBins, Func<Tensor, int, Tensor>? otsu = null) =>
        features.Layers.ToDictionary(layer => layer,
            layer => (otsu ?? Otsu.Mask)(TokenPositions.Columns(features.Map(layer).detach(), placeholder), otsuBins));

    /// <summary>Reference tokens masked as <paramref name="options"/> say.</summary>
    /// <param name="references">How many neighbouring rows are references of one context; their tokens
    /// are joined, each with its own mask.</param>
    /// <param name="rows">[B]: the context of each sample, or null for one each.</param>
    public static IReadOnlyDictionary<int, AttentionContext> Contexts(
        ReferenceFeatures features, IReadOnlyDictionary<int, Tensor> masks, OptionValues options, int references = 1, Tensor? rows = null)
    {
        var kind = options.Get(VisualConditionOption.Mask);
        return features.Layers.ToDictionary(layer => layer, layer => Context(features.Tokens(layer), masks[layer], kind, references, rows));
    }

    /// <param name="tokens">[P, N, d].</param>
    /// <param name="mask">[P, N], true where a token counts.</param>
    /// <param name="kind">A value of <see cref="VisualConditionOption.Mask"/>.</param>
    public static AttentionContext Context(Tensor tokens, Tensor mask, string kind, int references = 1, Tensor? rows = null)
    {
        var joined = references == 1 ? tokens : tokens.reshape(tokens.shape[0] / references, -1, tokens.shape[2]);
        var keep = mask.reshape(joined.shape[0], 1, 1, joined.shape[1]);
        return kind == "post_softmax"
            ? new(joined, rows, ValueWeights: keep.transpose(-2, -1).to(tokens.dtype))
            // The most negative float, not -∞: an empty mask then weighs all keys alike, as the official code does, instead of NaN.
            : new(joined, rows, KeyBias: NewTensor.Zeros(keep.shape, tokens.dtype, tokens.device)
                .FillInPlace(keep.logical_not(), MixedPrecision.MostNegative(tokens.dtype)));
    }

    /// <summary>Pulls the map of S★ towards that of the end of text, ViCo equation 6: [P], summed over layers, before λ.</summary>
    public static Tensor Regularization(ReferenceFeatures features, TokenPositions positions, OptionValues options)
    {
        using var scope = NewDisposeScope();
        var terms = features.Layers.Select(layer => Regularization(features.Map(layer), positions, options)).ToArray();
        return terms.Aggregate((a, b) => a.Plus(b)).MoveToOuterDisposeScope();
    }

    /// <summary>One layer's part, of its map [P, N, T]. The end of text's side carries no gradient unless the options say so.</summary>
    internal static Tensor Regularization(Tensor map, TokenPositions positions, OptionValues options)
    {
        using var scope = NewDisposeScope();
        var placeholder = TokenPositions.Columns(map, positions.Placeholder);
        var end = TokenPositions.Columns(options.Get(VisualConditionOption.DetachEndOfText) ? map.detach() : map, positions.EndOfText);
        var difference = (placeholder / placeholder.amax([1], keepdim: true)).sub_(end / end.amax([1], keepdim: true));
        var squared = difference * difference;
        return (options.Get(VisualConditionOption.RegularizationReduction) == "sum" ? squared.sum(1) : squared.mean([1]))
            .MoveToOuterDisposeScope();
    }
}
