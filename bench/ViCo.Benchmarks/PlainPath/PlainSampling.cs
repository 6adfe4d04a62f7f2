using ViCo.Engine;
using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Generation;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Benchmarks.PlainPath;

/// <summary>
/// Sampling that does the work of ViCo's official code, less those <paramref name="changes"/>: per picture and half of guidance a
/// reference pass of its own, nothing kept.
/// </summary>
/// <remarks>For the published guidance and one reference; the same latents as <see cref="TextToImage"/>.</remarks>
internal sealed class PlainSampling(BaseModel model, Concept concept, Changes changes)
{
    private readonly ImageCrossAttention _blocks = concept.Part<ImageBlocks>()!.Modules;

    /// <summary>As <see cref="TextToImage.Latents"/>.</summary>
    public Tensor Latents(DrawingPlan plan, Action<int, int>? onStep, CancellationToken cancellationToken)
    {
        if (plan.References.Count != 1 || plan.Options.Get(SamplingOption.ImageGuidance) is not null)
            throw new ArgumentException("The plain path draws with one reference and the published guidance.", nameof(plan));
        using var attention = Attention();
        using var scope = NewDisposeScope();
        var sampler = Samplers.Create(plan.Options, model.Schedule);
        var samples = plan.Seeds.Count;
        var forms = new Dictionary<string, int> { ["*"] = 0 };
        var prompt = model.Tokenizer.Encode(plan.Prompt, forms);
        var halves = model.TextEncoder.call(model.Ids([model.Tokenizer.Encode(plan.NegativePrompt, forms), prompt]),
            concept.Join(new(), Share.Whole));
        var text = new AttentionContext(halves.repeat_interleave(samples, 0));             // [2 · samples, T, D]
        var reference = PhotoTensor.ReferenceLatents(model, plan.References[0]);
        // The empty prompt's map is read at the prompt's own column.
        using var positions = TokenPositions.Of([.. Enumerable.Repeat(prompt, 2 * samples)], model.Device);
        using var noise = new NoiseSource(plan.Seeds, model.LatentShape, model.Device);

        return sampler.Sample(
            new(Predict, noise.Next, (step, _, _) => onStep?.Invoke(step + 1, sampler.Steps), cancellationToken), noise.Next())
                .MoveToOuterDisposeScope();

        Tensor Predict(Tensor latents, double timestep)
        {
            using var step = NewDisposeScope();
            var timesteps = TensorArithmetic.Repeated(timestep, 2 * samples, ScalarType.Float32, model.Device);
            var contexts = changes.HasFlag(Changes.SharedReference) ? Shared() : OnePerPicture();
            var predicted = model.UNet.call(cat([latents, latents]), timesteps, text,
                new Adaptation(new ImageAttention().Add(_blocks, new(Rows.All, contexts)))).chunk(2);
            return predicted[0].Plus((predicted[1] - predicted[0]).Times(plan.Options.Get(SamplingOption.Guidance)))
                .MoveToOuterDisposeScope();

            Dictionary<int, AttentionContext> OnePerPicture()
            {
                var features = WholePass.Compute(model.UNet, reference.expand(2 * samples, -1, -1, -1), timesteps, text, _blocks.Layers);
                return Contexts(features, positions.Placeholder, null);
            }

            Dictionary<int, AttentionContext> Shared()
            {
                var features = ReferenceFeatures.Compute(model.UNet, reference.expand(2, -1, -1, -1), timesteps.narrow(0, 0, 2),
                    new(halves), _blocks.Layers);
                var rows = TensorArithmetic.Counting(0, 2, ScalarType.Int64, model.Device).repeat_interleave(samples, 0);
                return Contexts(features, positions.Placeholder.narrow(0, 0, 2), rows);
            }
        }
    }

    private Dictionary<int, AttentionContext> Contexts(ReferenceFeatures features, Tensor placeholder, Tensor? rows)
    {
        using (features)
        {
            var masks = ObjectMask.Masks(
                features, placeholder, concept.Options.Get(VisualConditionOption.OtsuBins), changes.HasFlag(Changes.BatchedOtsu)
                    ? Otsu.Mask : LoopOtsu.Mask);
            return ObjectMask.Contexts(features, masks, concept.Options.Values, rows: rows)
                .ToDictionary(c => c.Key, c => c.Value with { Tokens = c.Value.Tokens.alias() });      // outlives the features' own handles
        }
    }

    private UnfusedAttention? Attention() => changes.HasFlag(Changes.FusedAttention) ? null : new();
}
