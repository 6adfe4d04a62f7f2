using ViCo.Engine.Models.Vae;

namespace ViCo.Engine.Tests.Goldens.Cases;

[GoldenSet("vae_tiny")]
public sealed class VaeTests
{
    public static TheoryData<string> Cases() => GoldenCase.In("vae_tiny");

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_autoencoder_encodes_samples_and_decodes_as_stored(string name)
    {
        using var golden = GoldenCase.Open(name);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var vae = GoldenNetworks.Vae(golden);
        var noise = golden.Input("noise");

        var moments = vae.Moments(golden.Input("image"));
        var latents = vae.Sample(moments, noise);
        golden.Check("moments", moments);
        golden.Check("sample", AutoencoderKL.Posterior(moments, noise));
        golden.Check("latent", latents);
        golden.Check("decoded", vae.Decode(latents));
        golden.Check("decoded_mean", vae.Decode(vae.Sample(moments, zeros_like(noise))));
        golden.Check("clamp_sample", AutoencoderKL.Posterior(golden.Input("clamp_moments"), golden.Input("clamp_noise")));
    }
}
