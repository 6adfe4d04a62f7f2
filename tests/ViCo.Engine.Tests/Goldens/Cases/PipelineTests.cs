using System.Text.Json;
using ViCo.Engine.Datasets;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Engine.Tests.Engine;
using ViCo.Options;
using ViCo.Pictures;

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

    // The stored noise is what PyTorch draws from seed 1, the first picture's that of one picture drawn from it alone.
    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_engine_draws_from_a_seed_what_the_originals_drew_from_it(string name)
    {
        using var golden = GoldenCase.Open(name);
        var stop = TestContext.Current.CancellationToken;
        await using var engine = await TorchEngine.LoadAsync(Repository.PathOf("models", "toybox"));
        var prompt = golden.Json.GetProperty("prompts")[0].GetString()!;
        foreach (var described in golden.Json.GetProperty("samplers").EnumerateObject())
        {
            var request = new GenerationRequest(null, [], prompt, [1]) { Options = OptionsOf(described.Value) };
            var drawn = (await engine.GenerateAsync(request, new Recorder(), stop))[0];
            var expected = await engine.RunAsync(() =>
            {
                using var scope = NewDisposeScope();
                using var inference = inference_mode();
                using var model = BaseModel.Load(Repository.PathOf("models", "toybox"), CPU);
                var latents = golden.Expected($"{described.Name}.latents").narrow(0, 0, 1);
                return PictureCodec.EncodePng(PhotoTensor.ToPicture(model.Vae.Decode(latents).squeeze(0)));
            });
            Assert.True(Psnr.Of(drawn, drawn with { Png = expected }) > 45,
                $"{described.Name}: {Psnr.Of(drawn, drawn with { Png = expected }):0.0} dB");
        }
    }

    private static OptionValues OptionsOf(JsonElement sampler)
    {
        var config = sampler.GetProperty("config");
        var karras = config.TryGetProperty("use_karras_sigmas", out var said) && said.GetBoolean();
        return OptionValues.None.With(SamplingOption.Sampler, Classes[sampler.GetProperty("class").GetString()!])
            .With(SamplingOption.Spacing, karras ? SamplingOption.Karras : config.GetProperty("timestep_spacing").GetString()!)
            .With(SamplingOption.SamplingSteps, sampler.GetProperty("steps").GetInt32())
            .With(SamplingOption.Guidance, sampler.GetProperty("guidance").GetDouble()).With(SamplingOption.Eta, 0);
    }

    private static void Check(GoldenCase golden, BaseModel model, JsonProperty described, Tensor noise, Tensor text)
    {
        var options = OptionsOf(described.Value);
        var sampler = Samplers.Create(options, model.Schedule);
        var predict = Guidance.Combine(
            model.UNet, text, noise.shape[0], Guidance.OfText(options.Get(SamplingOption.Guidance)), _ => null);
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
