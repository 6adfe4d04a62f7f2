namespace ViCo.Engine.Models.Vae;

/// <summary>Pixels → 2 × latent channels.</summary>
internal sealed class VaeEncoder : Module<Tensor, Tensor>
{
    private readonly Conv2d conv_in, conv_out;
    private readonly ModuleList<DownEncoderBlock2D> down_blocks = [];
    private readonly VaeMidBlock mid_block;
    private readonly GroupNorm conv_norm_out;

    public VaeEncoder(AutoencoderKLConfig config, Device? device)
        : base(nameof(VaeEncoder))
    {
        var channels = config.BlockOutChannels;
        conv_in = Conv2d(config.InChannels, channels[0], kernel_size: 3, padding: 1, device: device);
        for (var level = 0; level < channels.Count; level++)
        {
            var sizes = new VaeLevel(
                channels[Math.Max(level - 1, 0)], channels[level], config.LayersPerBlock, Resizes: level < channels.Count - 1);
            down_blocks.Add(new(sizes, config.NormGroups, device));
        }
        mid_block = new(channels[^1], config.NormGroups, device);
        conv_norm_out = GroupNorm(config.NormGroups, channels[^1], VaeMidBlock.Eps, device: device);
        conv_out = Conv2d(channels[^1], 2 * config.LatentChannels, kernel_size: 3, padding: 1, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var h = conv_in.call(pixels);
        foreach (var block in down_blocks)
        {
            h = block.call(h);
            scope.DisposeEverythingBut(h);                       // maps at full resolution are the largest tensors of the whole engine
        }
        h = mid_block.call(h);
        return conv_out.call(Activation.Silu(conv_norm_out.call(h))).MoveToOuterDisposeScope();
    }
}
