using System.Globalization;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Text;

namespace ViCo.Engine.Generation;

/// <summary>The reference's part in a sampling: one reference pass per step and half of guidance, shared by all samples. ViCo section 3.4.</summary>
internal sealed class ReferenceGuide : IDisposable
{
    private readonly BaseModel _model;
    private readonly Concept _concept;
    private readonly IReadOnlyCollection<int> _layers;
    private readonly VisualConditionSwitches _switches;
    private readonly ReferenceCache _cache;
    private readonly Tensor _references;
    private readonly TokenMerging? _merging;
    private readonly int _pictures;
    private readonly Rows _looking;
    private readonly Half _conditional;
    private readonly Half? _unconditional;
    private readonly Half[] _halves;

    /// <param name="text">[2, T, D]: negative prompt, prompt.</param>
    /// <param name="pictures">Drawn with these references.</param>
    /// <param name="terms">What guidance combines; at least one with the image.</param>
    /// <param name="looking">Rows of the batch that look at the references: of each term with the image all pictures.</param>
    /// <param name="merging">Of the reference pass; null: none.</param>
    /// <param name="conditionalKey">Names concept and prompt in the cache, or null not to keep the conditional half.</param>
    public ReferenceGuide(
        BaseModel model, Concept concept, ReferenceCache cache, ReferencePhotos references, Tensor text, TokenizedPrompt negative, TokenizedPrompt prompt,
        int pictures, IReadOnlyList<GuidanceTerm> terms, Rows looking, TokenMerging? merging, string? conditionalKey)
    {
        _model = model;
        _concept = concept;
        _layers = concept.Part<ImageBlocks>()!.Modules.Layers;
        _switches = concept.Switches;
        _cache = cache;
        _references = references.Latents;
        _merging = merging;
        _pictures = pictures;
        _looking = looking;
        var stem = string.Create(CultureInfo.InvariantCulture, $"{references.Key}|{string.Join(",", _layers)}|{merging?.Ratio:R}");
        _conditional = new(text.narrow(0, 1, 1), TokenPositions.Of(prompt, references.Objects, model.Device), conditionalKey is null ? null : $"{stem}|{conditionalKey}");
        if (terms.Any(term => term is { Image: true, Text: false }))
        {
            // The official code reads the empty prompt's map at the prompt's own column: a padding token there.
            var columns = _switches.UnconditionalPlaceholder == "end_of_text" ? negative : prompt;
            // A negative prompt that names the concept depends on it, as the conditional half does; and any where its parts change other texts too.
            var key = negative.Placeholders.Count == 0 && !concept.TouchesOtherTexts ? $"{stem}|negative:{string.Join(",", negative.Ids)}"
                : conditionalKey is null ? null : $"{stem}|{conditionalKey}|negative:{string.Join(",", negative.Ids)}";
            _unconditional = new(text.narrow(0, 0, 1), TokenPositions.Of(
                columns == negative ? negative with { Placeholders = [] } : prompt, references.Objects, model.Device), key);
        }
        _halves = [.. terms.Where(term => term.Image).Select(term => term.Text ? _conditional : _unconditional!)];
    }

    /// <summary>Told of the conditional half's reference pass at each timestep, with its masks; they live until it returns.</summary>
    public Action<double, ReferenceFeatures, IReadOnlyDictionary<int, Tensor>>? OnConditional { get; init; }

    /// <summary>What the pictures see at a timestep, in the current scope or the cache.</summary>
    public ReferenceView At(double timestep)
    {
        var contexts = _halves.Select(half => Contexts(half, timestep)).ToArray();
        var rows = tensor([.. Enumerable.Range(0, _halves.Length).SelectMany(half => Enumerable.Repeat((long)half, _pictures))]).to(_model.Device);
        var joined = _layers.ToDictionary(layer => layer, layer => new AttentionContext(
            cat([.. contexts.Select(c => c[layer].Tokens)]), rows,
            Join(contexts.Select(c => c[layer].KeyBias)), Join(contexts.Select(c => c[layer].ValueWeights))));
        return new(_looking, joined);

        static Tensor? Join(IEnumerable<Tensor?> parts) => parts.First() is null ? null : cat([.. parts.Select(p => p!)]);
    }

    public void Dispose()
    {
        _conditional.Positions.Dispose();
        _unconditional?.Positions.Dispose();
    }

    private Dictionary<int, AttentionContext> Contexts(Half half, double timestep)
    {
        if (half.Key is not null) return Masked(_cache.Get(string.Create(CultureInfo.InvariantCulture, $"{half.Key}|{timestep:R}"), () => Compute(half, timestep)), half, timestep);
        using var transient = Compute(half, timestep);
        return Masked(transient, half, timestep);
    }

    /// <summary>One pass per half, never both in one batch: with or without a cache hit the numbers are the same.</summary>
    private ReferenceFeatures Compute(Half half, double timestep)
    {
        var references = _references.shape[0];
        var pass = _concept.Join(new(), Share.Whole);
        if (_merging is not null) pass.Blocks.Add(_merging.In(_references, timestep));
        return ReferenceFeatures.Compute(
            _model.UNet, _references, TensorArithmetic.Repeated(timestep, references, ScalarType.Float32, _model.Device),
            new(half.Text, Rows: zeros(references, ScalarType.Int64, _model.Device)), _layers, pass);
    }

    private Dictionary<int, AttentionContext> Masked(ReferenceFeatures features, Half half, double timestep)
    {
        var references = (int)_references.shape[0];
        var masks = ObjectMask.Masks(features, half.Positions.Placeholder, _switches.OtsuBins);
        if (half == _conditional) OnConditional?.Invoke(timestep, features, masks);
        return ObjectMask.Contexts(features, masks, _switches, references)
            .ToDictionary(c => c.Key, c => c.Value with { Tokens = c.Value.Tokens.alias() });      // outlives the features' own handles
    }

    private sealed record Half(Tensor Text, TokenPositions Positions, string? Key);
}

/// <summary>The photos that a sampling looks at.</summary>
/// <param name="Latents">[R, C, h, w].</param>
/// <param name="Objects">R: which of the concept's objects each shows, from 0.</param>
/// <param name="Key">Names the photos in the cache.</param>
internal sealed record ReferencePhotos(Tensor Latents, IReadOnlyList<int> Objects, string Key);
