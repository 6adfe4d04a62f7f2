namespace ViCo.Engine.Models.Vae;

/// <summary>Latent channels → pixels.</summary>
internal sealed class VaeDecoder : Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in, conv_out;
    private readonly VaeMidBlock mid_block;
    private readonly ModuleList<UpDecoderBlock2D> up_blocks = [];
    private readonly GroupNorm conv_norm_out;

    public VaeDecoder(AutoencoderKLConfig config, Device? device)
        : base(nameof(VaeDecoder))
    {
        var channels = config.BlockOutChannels;
        conv_in = Conv2d(config.LatentChannels, channels[^1], kernel_size: 3, padding: 1, device: device);
        mid_block = new(channels[^1], config.NormGroups, device);
        for (var level = channels.Count - 1; level >= 0; level--)
        {
            var sizes = new VaeLevel(
                channels[Math.Min(level + 1, channels.Count - 1)], channels[level], config.LayersPerBlock + 1, Resizes: level > 0);
            up_blocks.Add(new(sizes, config.NormGroups, device));
        }
        conv_norm_out = GroupNorm(config.NormGroups, channels[0], VaeMidBlock.Eps, device: device);
        conv_out = Conv2d(channels[0], config.OutChannels, kernel_size: 3, padding: 1, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var h = Middle(latents);
        foreach (var block in up_blocks)
        {
            h = block.call(h);
            scope.DisposeEverythingBut(h);
        }
        return conv_out.call(Activation.Silu(conv_norm_out.call(h))).MoveToOuterDisposeScope();
    }

    /// <summary>As <c>forward</c>, but above the middle, where maps grow large, in <see cref="Strips"/>. latents [B, C, h, w].</summary>
    public Tensor InStrips(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var h = Middle(latents);
        foreach (var layer in up_blocks.SelectMany(block => block.LayersInStrips))
        {
            h = layer(h);
            scope.DisposeEverythingBut(h);
        }
        return Strips.Convolve(conv_norm_out, conv_out, h).MoveToOuterDisposeScope();
    }

    private Tensor Middle(Tensor latents) => mid_block.call(conv_in.call(latents));
}
