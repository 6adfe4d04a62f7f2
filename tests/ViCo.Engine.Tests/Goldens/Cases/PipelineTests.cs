using System.Text.Json;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("toybox_pipeline")]
public sealed class PipelineTests
{
    public static TheoryData<string> Cases() => GoldenCase.In("toybox_pipeline");

    [Theory]
    [MemberData(nameof(Cases))]
    public void Prompts_become_the_stored_ids_states_latents_and_pixels(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        using var model = BaseModel.Load(Repository.PathOf("models", "toybox"), CPU);

        string[] texts = [.. golden.Json.GetProperty("prompts").EnumerateArray().Select(p => p.GetString()!), golden.Json.GetProperty("negative_prompt").GetString()!];
        var ids = model.Ids([.. texts.Select(model.Tokenizer.Encode)]);
        golden.Check("ids", ids);
        var states = model.TextEncoder.call(ids, null);
        golden.Check("text_states", states);

        var noise = golden.Expected("noise");
        var samples = noise.shape[0];
        golden.Check("unet.eps", model.UNet.call(noise, full(samples, 481, ScalarType.Int64), new(states.narrow(0, 0, samples)), null));

        // Row 0 of guidance's text is the negative prompt.
        var text = cat([states.narrow(0, samples, 1), states.narrow(0, 0, samples)]);
        foreach (var sampler in golden.Json.GetProperty("samplers").EnumerateObject())
        {
            if (sampler.Name != "ddim")
            {
                TestContext.Current.AddWarning($"Sampler '{sampler.Name}' of {name} is not supported yet: skipped.");
                continue;
            }
            CheckDdim(golden, model, sampler.Value, noise, text);
        }

        var pixels = golden.Expected("ddim.pixels");
        var moments = model.Vae.Moments(pixels.clamp(-1, 1)).chunk(2, 1);
        golden.Check("vae.mean", moments[0]);
        golden.Check("vae.logvar", moments[1]);
    }

    private static void CheckDdim(GoldenCase golden, BaseModel model, JsonElement sampler, Tensor noise, Tensor text)
    {
        var timesteps = model.Schedule.SamplingTimesteps(sampler.GetProperty("steps").GetInt32());
        Assert.Equal(sampler.GetProperty("timesteps").EnumerateArray().Select(t => (int)t.GetDouble()), timesteps);
        var latents = Ddim.Sample(
            Guidance.Combine(model.UNet, text, noise.shape[0], Guidance.OfText(sampler.GetProperty("guidance").GetDouble()), _ => null),
            model.Schedule, noise, timesteps, 0, null, null, CancellationToken.None);
        golden.Check("ddim.latents", latents);
        golden.Check("ddim.pixels", model.Vae.Decode(latents));
    }
}
