namespace ViCo.Engine.Models.Vae;

/// <summary>Variational autoencoder between pixels and latents. Rombach et al. 2022, section 3.1; Kingma and Welling 2014.</summary>
/// <remarks>
/// Pixels are [B, 3, H, W] in [-1, 1]. Latents [B, C, H/f, W/f] are <em>scaled</em>: this class multiplies and divides by the config's
/// factor. Results have their input's number type, whatever the weights'.
/// </remarks>
internal sealed class AutoencoderKL : Module
{
    /// <summary>Latents of more cells than this are decoded in strips: 96 × 96, which are 768 × 768 px of Stable Diffusion.</summary>
    public const long LargestWhole = 96 * 96;

    private readonly VaeEncoder encoder;
    private readonly VaeDecoder decoder;
    private readonly Conv2d quant_conv, post_quant_conv;

    /// <param name="device">As for the U-Net.</param>
    public AutoencoderKL(AutoencoderKLConfig config, Device? device = null)
        : base(nameof(AutoencoderKL))
    {
        Config = config;
        encoder = new(config, device);
        quant_conv = Conv2d(2 * config.LatentChannels, 2 * config.LatentChannels, kernel_size: 1, device: device);
        post_quant_conv = Conv2d(config.LatentChannels, config.LatentChannels, kernel_size: 1, device: device);
        decoder = new(config, device);
        RegisterComponents();
    }

    public AutoencoderKLConfig Config { get; }

    private ScalarType DType => quant_conv.weight.dtype;

    /// <summary>Pixels → moments [B, 2C, H/f, W/f] of the posterior: C means, then C log-variances, neither scaled nor clamped.</summary>
    public Tensor Moments(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return quant_conv.call(encoder.call(pixels.As(DType))).As(pixels.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Scaled latents of moments and standard normal noise [B, C, H/f, W/f]: (mean + exp(½ logvar) · noise) · factor.</summary>
    public Tensor Sample(Tensor moments, Tensor noise)
    {
        using var scope = NewDisposeScope();
        return Posterior(moments, noise).Times(Config.ScalingFactor).MoveToOuterDisposeScope();
    }

    /// <summary>Scaled latents → pixels, not clamped.</summary>
    public Tensor Decode(Tensor latents) => Decode(latents, decoder.call);

    /// <summary>As <see cref="Decode(Tensor)"/> up to rounding, in half of its memory or less: in <see cref="Strips"/>.</summary>
    public Tensor DecodeInStrips(Tensor latents) => Decode(latents, decoder.InStrips);

    private Tensor Decode(Tensor latents, Func<Tensor, Tensor> decode)
    {
        using var scope = NewDisposeScope();
        return decode(post_quant_conv.call(latents.Over(Config.ScalingFactor).As(DType))).As(latents.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>A posterior sample before scaling; log-variances are clamped to [-30, 20].</summary>
    public static Tensor Posterior(Tensor moments, Tensor noise)
    {
        using var scope = NewDisposeScope();
        var halves = moments.chunk(2, 1);
        return halves[0].Plus(exp(halves[1].AtLeast(-30).AtMost(20).Times(0.5)) * noise).MoveToOuterDisposeScope();
    }
}
