using System.Globalization;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Generation;

/// <summary>
/// The references' part in a sampling: a pass per photo, step and half of guidance, shared by all samples. ViCo section 3.4.
/// </summary>
internal sealed class ReferenceGuide : IDisposable
{
    private readonly BaseModel _model;
    private readonly Concept _concept;
    private readonly IReadOnlyCollection<int> _layers;
    private readonly int _otsuBins;
    private readonly string _mask;
    private readonly TokenMerging? _merging;
    private readonly RunTimesteps _timesteps;
    private readonly Tensor _rows;
    private readonly Rows _looking;
    private readonly Half _conditional;
    private readonly Half? _unconditional;
    private readonly Half[] _halves;

    public ReferenceGuide(BaseModel model, Concept concept, ReferenceCache cache, ReferencePlan plan)
    {
        var (references, (text, negative, prompt), (pictures, terms, looking), keys, merging) = plan;
        _model = model;
        _concept = concept;
        _layers = concept.Part<ImageBlocks>()!.Modules.Layers;
        var options = concept.Options.Values;
        (_otsuBins, _mask) = (options.Get(VisualConditionOption.OtsuBins), options.Get(VisualConditionOption.Mask));
        (_merging, _timesteps) = (merging, keys.Timesteps);
        _looking = looking;
        // The half that concepts share comes first: where there is room for one alone, it serves more samplings.
        if (terms.Any(term => term is { Image: true, Text: false }))
        {
            // The official code reads the empty prompt's map at the prompt's own column: a padding token there.
            var columns = options.Get(VisualConditionOption.UnconditionalPlaceholder) == "end_of_text" ? negative with { Placeholders = [] }
                : prompt;
            // A negative prompt that names the concept depends on it, as the conditional half does;
            // and any where its parts change other texts.
            var name = $"negative:{string.Join(",", negative.Ids)}";
            var own = keys.Conditional is null ? null : $"{keys.Conditional}|{name}";
            _unconditional = Of(0, columns, negative.Placeholders.Count == 0 && !concept.TouchesOtherTexts ? name : own);
        }
        _conditional = Of(1, prompt, keys.Conditional);
        _halves = [.. terms.Where(term => term.Image).Select(term => term.Text ? _conditional : _unconditional!)];
        var rows = Enumerable.Range(0, _halves.Length).SelectMany(half => Enumerable.Repeat((long)half, pictures));
        _rows = NewTensor.Of([.. rows], model.Device).DetachFromDisposeScope();

        Half Of(int row, TokenizedPrompt columns, string? key)
        {
            var layers = string.Join(",", _layers);
            var stem = string.Create(CultureInfo.InvariantCulture, $"{layers}|{merging?.Ratio:R}|{keys.Schedule}|{key}");
            var photos = references.Keys.Select((photo, i) => new Photo(
                references.Latents.narrow(0, i, 1), cache.Open(key is null ? null : $"{photo}|{stem}", keys.Timesteps.Count),
                Place(columns, references.Objects[i])));
            return new(text.narrow(0, row, 1), TokenPositions.Of(columns, references.Objects, model.Device), [.. photos]);
        }

        static string Place(TokenizedPrompt columns, int shown) => string.Join(
            ",", columns.Placeholders.Where(c => c.Index == shown).Select(c => c.Column).DefaultIfEmpty(columns.EndOfText));
    }

    /// <summary>
    /// Told of the conditional half at each timestep, by layer: attention of S★ [R, N] and the masks made of it, while it runs.
    /// </summary>
    public Action<double, IReadOnlyDictionary<int, Tensor>, IReadOnlyDictionary<int, Tensor>>? OnConditional { get; init; }

    /// <summary>What the pictures see at a timestep, in the current scope or the cache.</summary>
    public ReferenceView At(double timestep)
    {
        var contexts = _halves.Select(half => Contexts(half, timestep)).ToArray();
        var joined = _layers.ToDictionary(layer => layer, layer => new AttentionContext(
            cat([.. contexts.Select(c => c[layer].Tokens)]), _rows,
            Join(contexts.Select(c => c[layer].KeyBias)), Join(contexts.Select(c => c[layer].ValueWeights))));
        return new(_looking, joined);

        static Tensor? Join(IEnumerable<Tensor?> parts) => parts.First() is null ? null : cat([.. parts.Select(p => p!)]);
    }

    public void Dispose()
    {
        _rows.Dispose();
        _conditional.Dispose();
        _unconditional?.Dispose();
    }

    private Dictionary<int, AttentionContext> Contexts(Half half, double timestep)
    {
        var readings = half.Photos
            .Select((photo, i) => photo.Schedule.Read(timestep, photo.Place, () => Compute(half, i, timestep))).ToArray();
        var attention = _layers.ToDictionary(layer => layer, layer => Together(layer, r => r.PlaceholderAttention));
        var masks = attention.ToDictionary(a => a.Key, a => Otsu.Mask(a.Value, _otsuBins, _model.Tables));
        if (half == _conditional) OnConditional?.Invoke(timestep, attention, masks);
        return masks.ToDictionary(
            m => m.Key, m => ObjectMask.Context(Together(m.Key, r => r.Tokens), m.Value, _mask, readings.Length));

        // One photo's is an alias: it outlives the reading's own handle.
        Tensor Together(int layer, Func<ReferenceReading, IReadOnlyDictionary<int, Tensor>> which) =>
            readings.Length == 1 ? which(readings[0])[layer].alias() : cat([.. readings.Select(r => which(r)[layer])]);
    }

    /// <summary>One pass per photo and half, never two in one batch: with or without a cache hit the numbers are the same.</summary>
    private ReferenceReading Compute(Half half, int photo, double timestep)
    {
        using var scope = NewDisposeScope();
        var latents = half.Photos[photo].Latents;
        var pass = _concept.Join(new(), Share.Whole);
        if (_merging is not null) pass.Blocks.Add(_merging.In(latents, timestep));
        var timesteps = _timesteps.Of(timestep, rows: 1);
        using var features = ReferenceFeatures.Record(_layers, recorder =>
        {
            pass.Blocks.Add(recorder);
            (pass.UNet ?? _model.UNet).Visit(latents, timesteps, new(half.Text), pass);
        });
        return ReferenceReading.Of(features, half.Positions.Placeholder.narrow(0, photo, 1));
    }

    /// <summary>One half of guidance: its text, where S★ stands for each photo, and the photos.</summary>
    private sealed record Half(Tensor Text, TokenPositions Positions, IReadOnlyList<Photo> Photos) : IDisposable
    {
        public void Dispose()
        {
            Positions.Dispose();
            foreach (var photo in Photos) photo.Schedule.Dispose();
        }
    }

    /// <param name="Latents">[1, C, h, w].</param>
    /// <param name="Place">Names the columns of S★.</param>
    private sealed record Photo(Tensor Latents, ReferenceSchedule Schedule, string Place);
}

/// <summary>What a sampling's references are, and who looks at them.</summary>
/// <param name="Merging">Of the reference pass; null: none.</param>
internal sealed record ReferencePlan(
    ReferencePhotos Photos, ReferenceText Text, ReferenceViewers Viewers, ReferenceKeys Keys, TokenMerging? Merging);

/// <summary>The texts that the reference passes run with.</summary>
/// <param name="Embeddings">[2, T, D]: negative prompt, prompt.</param>
internal sealed record ReferenceText(Tensor Embeddings, TokenizedPrompt Negative, TokenizedPrompt Prompt);

/// <summary>Who looks at references.</summary>
/// <param name="Pictures">Drawn with them.</param>
/// <param name="Terms">What guidance combines; at least one with the image.</param>
/// <param name="Rows">Rows of the batch that look at them: of each term with the image all pictures.</param>
internal sealed record ReferenceViewers(int Pictures, IReadOnlyList<GuidanceTerm> Terms, Rows Rows);

/// <summary>The photos that a sampling looks at.</summary>
/// <param name="Latents">[R, C, h, w].</param>
/// <param name="Objects">R: which of the concept's objects each shows, from 0.</param>
/// <param name="Keys">R: name the photos in the cache.</param>
internal sealed record ReferencePhotos(Tensor Latents, IReadOnlyList<int> Objects, IReadOnlyList<string> Keys);

/// <summary>What names a sampling's readings in the cache, beside the photo.</summary>
/// <param name="Schedule">Of timesteps.</param>
/// <param name="Timesteps">Those of it.</param>
/// <param name="Conditional">Concept and prompt; null: the conditional half is not kept.</param>
internal sealed record ReferenceKeys(string Schedule, RunTimesteps Timesteps, string? Conditional);
