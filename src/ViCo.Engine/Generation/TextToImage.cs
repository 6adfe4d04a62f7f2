using System.Globalization;
using System.Security.Cryptography;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;
using ViCo.Pictures;
using ViCo.Text;

namespace ViCo.Engine.Generation;

/// <summary>Text, denoising, decoding: from prompts to pictures.</summary>
internal sealed class TextToImage(BaseModel model, ReferenceCache cache)
{
    /// <summary>Draws one picture per seed; each depends on its seed only.</summary>
    public IReadOnlyList<Picture> Draw(Drawing drawing, CancellationToken cancellationToken) => Draw([drawing], cancellationToken)[0];

    /// <summary>
    /// Draws several requests, whoever's concepts they are of, in one pass of the U-Net a step. All of them go with the first.
    /// </summary>
    /// <param name="room">How it is cut to fit the memory; null: not at all.</param>
    /// <returns>One list of pictures per drawing.</returns>
    public IReadOnlyList<IReadOnlyList<Picture>> Draw(IReadOnlyList<Drawing> drawings, CancellationToken cancellationToken,
        DrawingRoom? room = null)
    {
        using var inference = inference_mode();
        IReadOnlyList<Picture>[] pictures = [.. drawings.Select(_ => (IReadOnlyList<Picture>)[])];
        foreach (var pass in Passes(drawings, room?.AtOnce))
        {
            using var scope = NewDisposeScope();
            var latents = Latents([.. pass.Select(p => p.Part)], cancellationToken, room);
            // One by one: the decoder's maps are the largest tensors of a sampling.
            var next = 0;
            foreach (var (k, part) in pass) pictures[k] =
                [.. pictures[k], .. part.Plan.Seeds.Select(_ => Decode(latents.narrow(0, next++, 1), room))];
        }
        return pictures;
    }

    /// <summary>The pictures before decoding [pictures, C, h, w], drawing by drawing, in the caller's scope and inference mode.</summary>
    /// <param name="room">How previews are decoded: as the pictures will be.</param>
    internal Tensor Latents(IReadOnlyList<Drawing> drawings, CancellationToken cancellationToken, DrawingRoom? room = null)
    {
        var plan = drawings[0].Plan;
        var sampler = Samplers.Create(plan.Options, model.Schedule);
        using var scope = NewDisposeScope();
        var shape = plan.Size is { } size ? model.LatentShapeOf(size.Width, size.Height) : model.LatentShape;
        var batch = new GuidanceBatch([.. drawings.Select(d => (d.Plan.Seeds.Count, Terms(d.Concept, d.Plan)))]);
        var participants = new List<Participant>();
        try
        {
            using var timesteps = new RunTimesteps(sampler.Timesteps, model.Device);
            foreach (var (drawing, k) in drawings.Select((drawing, k) => (drawing, k)))
            {
                var looking = batch.Of(k, withImage: true);
                participants.Add(Participate(drawing, new(Rows.Range(2 * k, 2), batch.Of(k)), looking, shape, timesteps));
            }
            using var noise = new NoiseSource(drawings.SelectMany(d => d.Plan.Seeds), shape, model.Device);
            var merging = TokenMerging.Of(plan.Options.Get(TrainingOption.TokenMerging), model.Tables);
            var start = noise.Next();
            var text = drawings.Count == 1 ? participants[0].Text : cat([.. participants.Select(p => p.Text)]);
            var predict = Guidance.Combine(model.UNet, text, batch, At, timesteps);
            return sampler.Sample(new(predict, noise.Next, OnStep, cancellationToken), start).MoveToOuterDisposeScope();

            Adaptation At(double timestep)
            {
                var pass = new Adaptation();
                foreach (var participant in participants) participant.Join(pass, timestep);
                if (merging is not null) pass.Blocks.Add(merging.In(start, timestep));
                return pass;
            }
        }
        finally
        {
            participants.ForEach(p => p.Dispose());
        }

        void OnStep(int step, Tensor state, Tensor clean)
        {
            foreach (var participant in participants) participant.Recorder?.EndStep();
            var first = 0;                                  // the row of a drawing's first picture
            foreach (var drawing in drawings)
            {
                drawing.OnStep?.Invoke(step + 1, sampler.Steps);
                if (PreviewSteps.Due(step + 1, sampler.Steps, drawing.Previews)) drawing.OnPreview
                    ?.Invoke(step + 1, Decode(clean.narrow(0, first, 1), room));
                first += drawing.Plan.Seeds.Count;
            }
        }
    }

    /// <summary>Drawings, or parts of them, that share passes; each tells of its steps as if it were drawn alone.</summary>
    private static IEnumerable<IReadOnlyList<(int Drawing, Drawing Part)>> Passes(IReadOnlyList<Drawing> drawings, int? perPass)
    {
        var rows = drawings.SelectMany((drawing, k) => drawing.Plan.Seeds.Select(seed => (Drawing: k, Seed: seed))).ToArray();
        var passes = rows.Chunk(perPass ?? rows.Length).Select(pass => pass.GroupBy(row => row.Drawing, row => row.Seed).ToArray())
            .ToArray();
        int[] all = [.. drawings.Select((_, k) => passes.Count(pass => pass.Any(part => part.Key == k)))];
        var begun = new int[drawings.Count];
        foreach (var pass in passes) yield return [
            .. pass.Select(part => (part.Key, Part(drawings[part.Key], [.. part], begun[part.Key]++, all[part.Key])))];

        static Drawing Part(Drawing whole, long[] seeds, int before, int of) => whole with
        {
            Plan = whole.Plan with { Seeds = seeds },
            Previews = before == 0 ? whole.Previews : 0,
            OnStep = whole.OnStep is not { } onStep ? null : (step, steps) => onStep(before * steps + step, of * steps),
        };
    }

    /// <summary>What a drawing has for every step of its sampling.</summary>
    /// <param name="share">Its rows of the passes.</param>
    /// <param name="looking">Those of its samples that look at references.</param>
    /// <param name="timesteps">Of the sampling.</param>
    private Participant Participate(Drawing drawing, Share share, Rows looking, long[] shape, RunTimesteps timesteps)
    {
        var (concept, plan) = (drawing.Concept, drawing.Plan);
        var negative = Tokenize(plan.NegativePrompt, concept);
        var prompt = Tokenize(plan.Prompt, concept);
        if (drawing.Frames is not null && prompt.Placeholders.Count == 0)
            throw new ArgumentException(
                $"The prompt '{plan.Prompt}' holds no placeholder (*) of a concept: there is no S* whose attention could be shown.");
        // In a pass of its own: the text is the same to the bit, whoever draws beside.
        var pass = new Adaptation { Prompts = [negative, prompt] };
        var text = model.Read([negative, prompt], concept?.Join(pass, Share.Whole) ?? pass);
        var terms = Terms(concept, plan);
        var steps = plan.Options.Get(SamplingOption.SamplingSteps);
        var recorder = drawing.Frames is not { } frames ? null : new AttentionRecorder(
            frames, AttentionProbe.LayersOf(concept!), TokenPositions.Of([prompt], model.Device), plan.Seeds.Count, shape);
        var guide = !terms.Any(term => term.Image) ? null : new ReferenceGuide(model, concept!, cache, new(
            new(cat([.. plan.References.Select(photo => PhotoLatents(photo))]), plan.ReferenceObjects, [.. plan.References.Select(Digest)]),
            new(text, negative, prompt), new(plan.Seeds.Count, terms, looking),
            new(
                $"{plan.Options.Get(SamplingOption.Sampler)} {plan.Options.Get(SamplingOption.Spacing)} {steps}", timesteps,
                plan.ConceptKey is null ? null : $"{plan.ConceptKey}|{string.Join(",", prompt.Ids)}"),
            TokenMerging.Of(plan.Options.Get(TrainingOption.TokenMerging), model.Tables)))
        {
            OnConditional = recorder is null ? null : recorder.Reference,
        };
        return new(concept, text, share, guide, recorder, terms[^1].Text);
    }

    private sealed record Participant(Concept? Concept, Tensor Text, Share Share, ReferenceGuide? Guide, AttentionRecorder? Recorder,
        bool DrawsPrompt) : IDisposable
    {
        public void Join(Adaptation pass, double timestep)
        {
            Concept?.Join(pass, Share with { References = Guide?.At(timestep) });
            if (DrawsPrompt && Recorder?.Watching(timestep) is { } watch) pass.Blocks.Add(watch);
        }

        public void Dispose()
        {
            Guide?.Dispose();
            Recorder?.Dispose();
        }
    }

    /// <summary>Things about a prompt that the user would want to know.</summary>
    /// <param name="references">Which object each reference shows, from 0.</param>
    public IReadOnlyList<string> Warnings(Concept? concept, string prompt, string negativePrompt, IReadOnlyList<int> references)
    {
        var (tokens, negative) = (Tokenize(prompt, concept), Tokenize(negativePrompt, concept));
        var warnings = new List<string>(PromptAdvice.On("prompt", prompt, tokens)
            .Concat(PromptAdvice.On("negative prompt", negativePrompt, negative)));
        if (negative.Placeholders.Count > 0)
            warnings.Add(
                $"The negative prompt names the object {negative.Placeholders.Count(p => p.Row == 0)} times (*): the pictures will not "
                + "show it. Leave the * out of it.");
        if (concept is null) return warnings;
        var initWords = concept.Metadata.InitWords;
        // A placeholder that was cut off is told of there; it is not missing.
        if (tokens.DroppedTokens == 0
            || PlaceholderForms.In(prompt, concept.Objects).Keys.All(form => !prompt.Contains(form, StringComparison.Ordinal)))
            warnings.AddRange(PlaceholderForms.Unnamed(tokens, initWords, references));
        else if (tokens.Placeholders.Count == 0)
            warnings.Add(
                $"The * lies beyond the {tokens.Ids.Count - 2} tokens that are read: the concept cannot appear through its word. "
                + $"Write it further in front.");
        if (concept.Part<ImageBlocks>() is null) return warnings;
        if (references.Count == 0)
            warnings.Add("No reference photo: the image blocks are off and only S* shapes the object.");
        else
            warnings.AddRange(PlaceholderForms.Unshown(tokens, initWords, references));
        return warnings;
    }

    private static IReadOnlyList<GuidanceTerm> Terms(Concept? concept, DrawingPlan plan)
    {
        var scale = plan.Options.Get(SamplingOption.Guidance);
        if (concept?.Part<ImageBlocks>() is null || plan.References.Count == 0) return Guidance.OfText(scale);
        return plan.Options.Get(SamplingOption.ImageGuidance) is { } imageScale
            ? Guidance.OfTextAndImage(scale, imageScale)
            : Guidance.Published(scale, concept.Options.Get(VisualConditionOption.ImageInUnconditional));
    }

    private TokenizedPrompt Tokenize(string prompt, Concept? concept) =>
        concept?.Read(prompt) ?? model.Tokenizer.Encode(prompt, PlaceholderForms.In(prompt, 0));

    private Tensor PhotoLatents(Picture photo) => Datasets.PhotoTensor.ReferenceLatents(model, photo);

    internal Picture Decode(Tensor latents, DrawingRoom? room = null)
    {
        using var scope = NewDisposeScope();
        return Datasets.PhotoTensor.ToPicture((room is { InStrips: true } ? model.Vae.DecodeInStrips(latents) : model.Vae.Decode(latents))
            .squeeze(0));
    }

    private static string Digest(Picture photo) =>
        string.Create(CultureInfo.InvariantCulture, $"{photo.Width}x{photo.Height}:{Convert.ToHexStringLower(SHA256.HashData(photo.Rgb))}");
}
