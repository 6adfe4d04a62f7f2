using System.Globalization;
using System.Security.Cryptography;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Pictures;
using ViCo.Text;

namespace ViCo.Engine.Generation;

/// <summary>What one sampling draws, with nothing left open.</summary>
/// <param name="References">Squares of the model's size; empty: text alone.</param>
/// <param name="ReferenceObjects">Which of the concept's objects each reference shows, from 0.</param>
/// <param name="ConceptKey">Digest of the concept's checkpoint, for the cache; null while it still changes.</param>
internal sealed record DrawingPlan(
    string Prompt, string NegativePrompt, IReadOnlyList<Picture> References, IReadOnlyList<int> ReferenceObjects, IReadOnlyList<long> Seeds, SamplingOptions Options,
    string? ConceptKey = null)
{
    /// <summary>Of the pictures; null: the model's. References are the model's in any case.</summary>
    public PictureSize? Size { get; init; }
}

/// <summary>Text, denoising, decoding: from a prompt to pictures.</summary>
internal sealed class TextToImage(BaseModel model, ReferenceCache cache)
{
    /// <summary>Draws one picture per seed; each depends on its seed only.</summary>
    /// <param name="concept">Null: the base model alone.</param>
    /// <param name="onStep">Steps done, of how many.</param>
    /// <param name="frames">Receives where S★ looks; null: nobody asks.</param>
    public IReadOnlyList<Picture> Draw(
        Concept? concept, DrawingPlan plan, Action<int, int>? onStep, CancellationToken cancellationToken, ICollection<AttentionFrame>? frames = null)
    {
        using var inference = inference_mode();
        using var scope = NewDisposeScope();
        var latents = Latents(concept, plan, onStep, cancellationToken, frames);
        // One by one: the decoder's maps are the largest tensors of a sampling.
        return [.. Enumerable.Range(0, plan.Seeds.Count).Select(i => Decode(latents.narrow(0, i, 1)))];
    }

    /// <summary>The pictures before decoding [pictures, C, h, w], in the caller's scope and inference mode.</summary>
    internal Tensor Latents(
        Concept? concept, DrawingPlan plan, Action<int, int>? onStep, CancellationToken cancellationToken, ICollection<AttentionFrame>? frames = null)
    {
        var sampler = Samplers.Create(plan.Options, model.Schedule);
        using var scope = NewDisposeScope();
        var negative = Tokenize(plan.NegativePrompt, concept);
        var prompt = Tokenize(plan.Prompt, concept);
        if (frames is not null && prompt.Placeholders.Count == 0)
            throw new ArgumentException($"The prompt '{plan.Prompt}' holds no placeholder (*) of a concept: there is no S* whose attention could be shown.");
        var text = model.TextEncoder.call(model.Ids([negative, prompt]), Joined(null, negative, prompt));

        var terms = Terms(concept, plan);
        var merging = TokenMerging.Of(plan.Options.TokenMerging);
        var shape = plan.Size is { } size ? model.LatentShapeOf(size.Width, size.Height) : model.LatentShape;
        using var recorder = frames is null ? null : new AttentionRecorder(
            frames, AttentionProbe.LayersOf(concept!), TokenPositions.Of([prompt], model.Device), TokenPositions.Of(prompt, plan.ReferenceObjects, model.Device), plan.Seeds.Count, shape);
        using var guide = !terms.Any(term => term.Image) ? null : new ReferenceGuide(
            model, concept!, cache,
            new(cat([.. plan.References.Select(photo => PhotoLatents(photo))]), plan.ReferenceObjects, string.Join("+", plan.References.Select(Digest))),
            text, negative, prompt, plan.Seeds.Count, terms, merging, plan.ConceptKey is null ? null : $"{plan.ConceptKey}|{string.Join(",", prompt.Ids)}")
        {
            OnConditional = recorder is null ? null : recorder.Reference,
        };
        using var noise = new NoiseSource(plan.Seeds, shape, model.Device);

        var start = noise.Next();
        var predict = Guidance.Combine(model.UNet, text, plan.Seeds.Count, terms, At);
        return sampler.Sample(new(predict, noise.Next, OnStep, cancellationToken), start).MoveToOuterDisposeScope();

        Adaptation At(double timestep)
        {
            var pass = Joined(guide?.At(timestep));
            if (terms[^1].Text && recorder?.Watching(timestep) is { } watch) pass.Blocks.Add(watch);
            if (merging is not null) pass.Blocks.Add(merging.In(start, timestep));
            return pass;
        }

        Adaptation Joined(ReferenceView? references, params TokenizedPrompt[] prompts)
        {
            var pass = new Adaptation { Prompts = prompts };
            return concept?.Join(pass, Share.Whole with { References = references }) ?? pass;
        }

        void OnStep(int step, Tensor state, Tensor clean)
        {
            recorder?.EndStep();
            onStep?.Invoke(step + 1, sampler.Steps);
        }
    }

    /// <summary>Things about a prompt that the user would want to know.</summary>
    /// <param name="references">Which object each reference shows, from 0.</param>
    public IReadOnlyList<string> Warnings(Concept? concept, string prompt, string negativePrompt, IReadOnlyList<int> references)
    {
        var (tokens, negative) = (Tokenize(prompt, concept), Tokenize(negativePrompt, concept));
        var warnings = new List<string>(PromptAdvice.On("prompt", prompt, tokens).Concat(PromptAdvice.On("negative prompt", negativePrompt, negative)));
        if (negative.Placeholders.Count > 0)
            warnings.Add($"The negative prompt names the object {negative.Placeholders.Count} times (*): the pictures will not show it. Leave the * out of it.");
        if (concept is null) return warnings;
        var initWords = concept.Metadata.InitWords;
        // A placeholder that was cut off is told of there; it is not missing.
        if (tokens.DroppedTokens == 0 || PlaceholderForms.In(prompt, concept.Objects).Keys.All(form => !prompt.Contains(form, StringComparison.Ordinal)))
            warnings.AddRange(PlaceholderForms.Unnamed(tokens, initWords, references));
        else if (tokens.Placeholders.Count == 0)
            warnings.Add($"The * lies beyond the {tokens.Ids.Count - 2} tokens that are read: the concept cannot appear through its word. Write it further in front.");
        if (concept.Part<ImageBlocks>() is null) return warnings;
        if (references.Count == 0)
            warnings.Add("No reference photo: the image blocks are off and only S* shapes the object.");
        else
            warnings.AddRange(PlaceholderForms.Unshown(tokens, initWords, references));
        return warnings;
    }

    private static IReadOnlyList<GuidanceTerm> Terms(Concept? concept, DrawingPlan plan)
    {
        if (concept?.Part<ImageBlocks>() is null || plan.References.Count == 0) return Guidance.OfText(plan.Options.GuidanceScale);
        return plan.Options.ImageGuidanceScale is { } imageScale
            ? Guidance.OfTextAndImage(plan.Options.GuidanceScale, imageScale)
            : Guidance.Published(plan.Options.GuidanceScale, concept.Switches.ImageInUnconditional);
    }

    private TokenizedPrompt Tokenize(string prompt, Concept? concept) =>
        model.Tokenizer.Encode(prompt, PlaceholderForms.In(prompt, concept?.Objects ?? 0));

    private Tensor PhotoLatents(Picture photo) => Datasets.PhotoTensor.ReferenceLatents(model, photo);

    internal Picture Decode(Tensor latents)
    {
        using var scope = NewDisposeScope();
        return Datasets.PhotoTensor.ToPicture(model.Vae.Decode(latents).squeeze(0));
    }

    private static string Digest(Picture photo) =>
        string.Create(CultureInfo.InvariantCulture, $"{photo.Width}x{photo.Height}:{Convert.ToHexStringLower(SHA256.HashData(photo.Rgb))}");
}
