using System.Text.Json;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("toybox_pipeline")]
public sealed class PipelineTests
{
    /// <summary>diffusers' class names.</summary>
    private static readonly Dictionary<string, string> Classes = new()
    {
        ["DDIMScheduler"] = SamplingOption.Ddim,
        ["PNDMScheduler"] = SamplingOption.Plms,
        ["DPMSolverMultistepScheduler"] = SamplingOption.DpmSolver,
        ["EulerDiscreteScheduler"] = SamplingOption.Euler,
        ["EulerAncestralDiscreteScheduler"] = SamplingOption.EulerAncestral,
    };

    public static TheoryData<string> Cases() => GoldenCase.In("toybox_pipeline");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Prompts_become_the_stored_ids_states_latents_and_pixels(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var model = BaseModel.Load(Repository.PathOf("models", "toybox"), CPU);

        string[] texts = [.. golden.Json.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!),
            golden.Json.GetProperty("negative_prompt").GetString()!];
        var ids = model.Ids([.. texts.Select(model.Tokenizer.Encode)]);
        golden.Check("ids", ids);
        var states = model.TextEncoder.call(ids, null);
        golden.Check("text_states", states);

        var noise = golden.Expected("noise");
        var samples = noise.shape[0];
        golden.Check("unet.eps",
            model.UNet.call(noise, TensorArithmetic.Repeated(481, samples, ScalarType.Int64, CPU), new(states.narrow(0, 0, samples)),
            null));

        // Row 0 of guidance's text is the negative prompt.
        var text = cat([states.narrow(0, samples, 1), states.narrow(0, 0, samples)]);
        foreach (var sampler in golden.Json.GetProperty("samplers").EnumerateObject()) Check(golden, model, sampler, noise, text);

        var pixels = golden.Expected("ddim.pixels");
        var moments = model.Vae.Moments(pixels.AtLeast(-1).AtMost(1)).chunk(2, 1);
        golden.Check("vae.mean", moments[0]);
        golden.Check("vae.logvar", moments[1]);
    }

    private static void Check(GoldenCase golden, BaseModel model, JsonProperty described, Tensor noise, Tensor text)
    {
        var config = described.Value.GetProperty("config");
        var guidance = described.Value.GetProperty("guidance").GetDouble();
        var karras = config.TryGetProperty("use_karras_sigmas", out var said) && said.GetBoolean();
        var sampler = Samplers.Create(
            OptionValues.None.With(SamplingOption.Sampler, Classes[described.Value.GetProperty("class").GetString()!])
                .With(SamplingOption.Spacing, karras ? SamplingOption.Karras : config.GetProperty("timestep_spacing").GetString()!)
                .With(SamplingOption.SamplingSteps, described.Value.GetProperty("steps").GetInt32())
                .With(SamplingOption.Guidance, guidance).With(SamplingOption.Eta, 0), model.Schedule);
        var predict = Guidance.Combine(model.UNet, text, noise.shape[0], Guidance.OfText(guidance), _ => null);
        var asked = new List<double>();
        var latents = sampler.Sample(
            new((x, t) =>
                {
                    asked.Add(t);
                    return predict(x, t);
                }, () => throw new InvalidOperationException($"{described.Name} asked for noise.")), noise);

        golden.Check($"{described.Name}.latents", latents);
        Assert.Equal(described.Value.GetProperty("timesteps").EnumerateArray().Select(t => t.GetDouble()), asked);
        if (golden.HasOutput($"{described.Name}.pixels")) golden.Check($"{described.Name}.pixels", model.Vae.Decode(latents));
    }
}
