using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Generation;

/// <summary>From requests to PNGs: checks them, loads their concepts, draws together what can share passes.</summary>
internal sealed class RequestedPictures(
    BaseModel model, WarmConcepts concepts, TextToImage textToImage, BoundedDrawing drawing, Provenance provenance)
{
    /// <summary>Checks a request. It touches no tensor: any thread may ask.</summary>
    /// <exception cref="ArgumentException">Something is wrong with it; the message says what.</exception>
    public Asked Ask(GenerationRequest request, IGenerationObserver observer, ICollection<AttentionFrame>? frames = null)
    {
        if (request.Seeds.Count == 0) throw new ArgumentException("No seeds; wanted one per picture.");
        request.CheckLoras();
        var size = PictureSize.Of(request, model.ImageSize, model.SizeMultiple);
        var options = request.OptionsOver(model.Defaults.Sampling, provenance.Catalog)
            .With(SamplingOption.Width, size.Width).With(SamplingOption.Height, size.Height);
        return new(request, options, size, observer, frames);
    }

    /// <summary>The pictures of each request, in its order of seeds.</summary>
    public IReadOnlyList<IReadOnlyList<GeneratedImage>> Draw(IReadOnlyList<Asked> asked, CancellationToken cancellationToken)
    {
        var folded = new List<FoldedWeights>();
        try
        {
            (string Digest, Drawing Drawing)[] drawings = [.. asked.Select(one => Prepare(one, folded))];
            var results = new IReadOnlyList<GeneratedImage>[asked.Count];
            foreach (var together in Together(drawings))
            {
                var (pictures, room) = drawing.Draw([.. together.Select(k => drawings[k].Drawing)], cancellationToken);
                foreach (var (k, drawn) in together.Zip(pictures)) results[k] =
                    Encode(asked[k].Request, drawings[k].Digest, drawings[k].Drawing, drawn, room);
            }
            return results;
        }
        finally
        {
            folded.ForEach(weights => weights.Dispose());
            concepts.LetCool();
        }
    }

    /// <param name="folded">Takes what is to be disposed of after the drawing.</param>
    private (string Digest, Drawing Drawing) Prepare(Asked asked, List<FoldedWeights> folded)
    {
        var (request, (digest, own)) =
            (asked.Request, asked.Request.Checkpoint is { } checkpoint ? concepts.Of(checkpoint) : ("", null));
        var others = request.Loras.Select(use => (Use: use, Loaded: concepts.Of(use.Checkpoint))).ToList();
        IReadOnlyList<string> loras = [.. others.Select(o => $"{o.Loaded.Digest} {OptionSpec.Format(o.Use.Weight)}")];
        var concept = LoraStack.Of(own, [.. others.Select(o => (o.Use, o.Loaded.Concept))]);
        var stands = request.FoldLoras && concept is not null ? LoraStack.Fold(concept) : null;
        if (stands is var (changed, weights))
        {
            concept = changed;
            folded.Add(weights);
        }
        var plan = new DrawingPlan(
            request.Prompt, asked.Options.Get(SamplingOption.NegativePrompt),
            [.. request.References.Select(photo =>
                PhotoTensor.Square(photo, model.ImageSize, concept?.Options.Values ?? OptionValues.None))],
            request.ObjectsShown(concept?.Objects ?? 1), request.Seeds, asked.Options, request.CacheKey is null ? null
                : string.Join('+', [digest, .. loras, .. stands is null ? Array.Empty<string>() : ["folded"]]))
            {
                Size = asked.Size, Loras = loras, Folded = stands is not null,
            };
        return (digest, new(concept, plan, asked.Observer.OnStep)
        {
            Room = request.Room,
            Frames = asked.Frames,
            Previews = asked.Observer.Previews,
            OnPreview = (step, picture) => asked.Observer.OnPreview(step, PictureCodec.EncodePng(picture)),
        });
    }

    /// <summary>Which drawings share passes: lists of their places.</summary>
    private static List<List<int>> Together((string Digest, Drawing Drawing)[] drawings)
    {
        var groups = new List<List<int>>();
        for (var k = 0; k < drawings.Length; k++)
        {
            if (groups.FirstOrDefault(g => drawings[g[0]].Drawing.GoesWith(drawings[k].Drawing)) is { } group) group.Add(k);
            else groups.Add([k]);
        }
        return groups;
    }

    private IReadOnlyList<GeneratedImage> Encode(
        GenerationRequest request, string digest, Drawing drawn, IReadOnlyList<Picture> pictures, DrawingRoom room)
    {
        var warnings = textToImage.Warnings(
            drawn.Concept, drawn.Plan.Prompt, drawn.Plan.NegativePrompt, drawn.Plan.ReferenceObjects);
        return [.. pictures.Select((picture, i) => new GeneratedImage(
            request.Seeds[i],
            PictureCodec.EncodePng(picture, provenance.Of(drawn.Plan, request.References, digest, request.Seeds[i], room)), warnings))];
    }
}
