using System.Globalization;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("ddim_tiny")]
public sealed class DdimTests
{
    private static readonly OptionValues Switches = OptionValues.None;
    private static readonly NoiseSchedule Schedule = new(1000, 0.00085, 0.012);

    public static TheoryData<string> Cases() => GoldenCase.In("ddim_tiny");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Sampling_with_guidance_passes_through_the_stored_latents(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var unet = GoldenNetworks.UNet(golden);
        var steps = GoldenNetworks.Int(golden.Config, "steps");
        var kind = golden.Config.TryGetProperty("sampler", out var named) ? named.GetString()! : SamplingOption.Ddim;
        var sampler = Samplers.Create(
            OptionValues.None.With(SamplingOption.Sampler, kind)
                .With(SamplingOption.Spacing, SamplingOption.Ldm).With(SamplingOption.SamplingSteps, steps)
                .With(SamplingOption.Eta, golden.Config.GetProperty("eta").GetDouble())
                .With(SamplingOption.Guidance, golden.Config.GetProperty("guidance").GetDouble()), Schedule);

        var start = golden.Input("x_T");
        var context = cat([golden.Input("context_uncond"), golden.Input("context")]);       // row 0: unconditional
        using var blocks = golden.HasInput("x_ref.0") ? GoldenNetworks.ImageBlocks(unet, golden) : null;
        var images = blocks is null ? null : new References(golden, unet, blocks, context, start.shape[0]);
        var guidance = golden.Config.GetProperty("guidance").GetDouble();
        var terms = images is null ? Guidance.OfText(guidance) : Guidance.Published(guidance, inUnconditional: true);
        var step = 0;
        var asked = new List<double>();
        var predict = Guidance.Combine(unet, context, start.shape[0], terms, t => images?.At(t, step));
        _ = sampler.Sample(
            new((latents, t) =>
                {
                    asked.Add(t);
                    return predict(latents, t);
                },
                () => golden.Input($"noise.{Number(step)}"),
                (i, latents, clean) =>
                {
                    golden.Check($"latent.{Number(i)}", latents);
                    if (golden.HasOutput($"pred_x0.{Number(i)}")) golden.Check($"pred_x0.{Number(i)}", clean);
                    if (i == sampler.Steps - 1 && golden.HasOutput("pred_x0.last")) golden.Check("pred_x0.last", clean);
                    step++;
                }), start);
        Assert.Equal(sampler.Steps, step);
        var calls = golden.Config.TryGetProperty("network_timesteps", out _) ? "network_timesteps" : "timesteps";
        Assert.Equal(GoldenNetworks.Ints(golden.Config, calls), asked.Select(t => (int)t));
    }

    private static string Number(int i) => i.ToString("00", CultureInfo.InvariantCulture);

    /// <summary>Each sample has its own reference and prompt; both halves of guidance run the reference with their own text.</summary>
    private sealed class References(GoldenCase golden, UNet2DConditionModel unet, ImageCrossAttention blocks, Tensor context, long samples)
    {
        public Adaptation At(double timestep, int step)
        {
            Tensor[] references = [.. Enumerable.Range(0, (int)samples).Select(i => golden.Input($"x_ref.{i}"))];
            var both = cat([.. references, .. references]);
            var text = new AttentionContext(context,
                Rows: cat([zeros(samples, ScalarType.Int64), TensorArithmetic.Counting(1, samples + 1, ScalarType.Int64, CPU)]));
            using var positions = GoldenNetworks.Positions(golden, Enumerable.Range(0, (int)samples), context.shape[1]);
            var placeholder = cat([positions.Placeholder, positions.Placeholder]);
            using var features = ReferenceFeatures.Compute(unet, both,
                TensorArithmetic.Repeated(timestep, 2 * samples, ScalarType.Float32, CPU), text, blocks.Layers);
            var masks = ObjectMask.Masks(features, placeholder, Switches.Get(VisualConditionOption.OtsuBins));
            foreach (var layer in blocks.Layers)
            {
                var name = $"mask.{Number(step)}.{Number(layer)}";
                if (golden.HasOutput(name)) golden.Check(name,
                    stack([masks[layer].narrow(0, 0, samples), masks[layer].narrow(0, samples, samples)], 1));
            }
            var contexts = ObjectMask.Contexts(features, masks, Switches)
                .ToDictionary(c => c.Key, c => c.Value with { Tokens = c.Value.Tokens.clone() });
            return new(new ImageAttention().Add(blocks, new(Rows.All, contexts)));
        }
    }
}
