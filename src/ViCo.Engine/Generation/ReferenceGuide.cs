using System.Globalization;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Text;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Personalization;

namespace ViCo.Engine.Generation;

/// <summary>The reference's part in a sampling: one reference pass per step and half of guidance, shared by all samples. ViCo section 3.4.</summary>
internal sealed class ReferenceGuide : IDisposable
{
    private readonly BaseModel _model;
    private readonly ImageCrossAttention _blocks;
    private readonly VisualConditionSwitches _switches;
    private readonly ReferenceCache _cache;
    private readonly Tensor _references;
    private readonly long _samples;
    private readonly long _withoutImage;
    private readonly Half _conditional;
    private readonly Half? _unconditional;

    /// <param name="references">Latents of R reference photos [R, C, h, w].</param>
    /// <param name="objects">R: which object each reference shows, from 0.</param>
    /// <param name="text">[2, T, D]: negative prompt, prompt.</param>
    /// <param name="terms">What guidance combines; at least one with the image.</param>
    /// <param name="referenceKey">Names the references in the cache.</param>
    /// <param name="conditionalKey">Names concept and prompt in the cache, or null not to keep the conditional half.</param>
    public ReferenceGuide(
        BaseModel model, Concept concept, ReferenceCache cache, Tensor references, IReadOnlyList<int> objects, Tensor text, TokenizedPrompt negative, TokenizedPrompt prompt,
        long samples, IReadOnlyList<GuidanceTerm> terms, string referenceKey, string? conditionalKey)
    {
        _model = model;
        _blocks = concept.ImageBlocks!;
        _switches = concept.Switches;
        _cache = cache;
        _references = references;
        _samples = samples;
        _withoutImage = samples * terms.Count(term => !term.Image);
        var stem = $"{referenceKey}|{string.Join(",", _blocks.Layers)}";
        _conditional = new(text.narrow(0, 1, 1), TokenPositions.Of(prompt, objects, model.Device), conditionalKey is null ? null : $"{stem}|{conditionalKey}");
        if (terms.Any(term => term is { Image: true, Text: false }))
        {
            // The official code reads the empty prompt's map at the prompt's own column: a padding token there.
            var columns = _switches.UnconditionalPlaceholder == "end_of_text" ? negative : prompt;
            // A negative prompt that names the concept depends on S★, as the conditional half does.
            var key = negative.Placeholders.Count == 0 ? $"{stem}|negative:{string.Join(",", negative.Ids)}"
                : conditionalKey is null ? null : $"{stem}|{conditionalKey}|negative:{string.Join(",", negative.Ids)}";
            _unconditional = new(text.narrow(0, 0, 1), TokenPositions.Of(
                columns == negative ? negative with { Placeholders = [] } : prompt, objects, model.Device), key);
        }
    }

    /// <summary>What takes part in the noisy pass at a timestep, its tensors in the current scope or the cache.</summary>
    public IBlockVisitor At(double timestep)
    {
        var halves = _unconditional is null ? [_conditional] : new[] { _unconditional, _conditional };
        var contexts = halves.Select(half => Contexts(half, timestep)).ToArray();
        var rows = tensor([.. Enumerable.Range(0, halves.Length).SelectMany(half => Enumerable.Repeat((long)half, (int)_samples))]).to(_model.Device);
        var joined = _blocks.Layers.ToDictionary(layer => layer, layer => new AttentionContext(
            cat([.. contexts.Select(c => c[layer].Tokens)]), rows,
            Join(contexts.Select(c => c[layer].KeyBias)), Join(contexts.Select(c => c[layer].ValueWeights))));
        return new ImageAttention(_blocks, joined, from: _withoutImage);

        static Tensor? Join(IEnumerable<Tensor?> parts) => parts.First() is null ? null : cat([.. parts.Select(p => p!)]);
    }

    public void Dispose()
    {
        _conditional.Positions.Dispose();
        _unconditional?.Positions.Dispose();
    }

    private Dictionary<int, AttentionContext> Contexts(Half half, double timestep)
    {
        if (half.Key is not null) return Masked(_cache.Get(string.Create(CultureInfo.InvariantCulture, $"{half.Key}|{timestep:R}"), () => Compute(half, timestep)), half);
        using var transient = Compute(half, timestep);
        return Masked(transient, half);
    }

    /// <summary>One pass per half, never both in one batch: with or without a cache hit the numbers are the same.</summary>
    private ReferenceFeatures Compute(Half half, double timestep)
    {
        var references = _references.shape[0];
        return ReferenceFeatures.Compute(
            _model.UNet, _references, full(references, timestep, ScalarType.Float32, _model.Device),
            new(half.Text, Rows: zeros(references, ScalarType.Int64, _model.Device)), _blocks.Layers);
    }

    private Dictionary<int, AttentionContext> Masked(ReferenceFeatures features, Half half)
    {
        var references = (int)_references.shape[0];
        var masks = ObjectMask.Masks(features, half.Positions.Placeholder, _switches.OtsuBins);
        return ObjectMask.Contexts(features, masks, _switches, references)
            .ToDictionary(c => c.Key, c => c.Value with { Tokens = c.Value.Tokens.alias() });      // outlives the features' own handles
    }

    private sealed record Half(Tensor Text, TokenPositions Positions, string? Key);
}
