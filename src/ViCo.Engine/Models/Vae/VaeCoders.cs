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
            down_blocks.Add(new(channels[Math.Max(level - 1, 0)], channels[level], config.LayersPerBlock, config.NormGroups,
                halves: level < channels.Count - 1, device));
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
        return conv_out.call(F.silu(conv_norm_out.call(h))).MoveToOuterDisposeScope();
    }
}

/// <summary>Latent channels → pixels.</summary>
internal sealed class VaeDecoder : Module<Tensor, Tensor>
{
    /// <summary>Cells of context around a tile: two convolutions in each residual block, and every level halves what they reach.</summary>
    private const long Halo = 16;

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
            up_blocks.Add(new(channels[Math.Min(level + 1, channels.Count - 1)], channels[level], config.LayersPerBlock + 1, config.NormGroups,
                doubles: level > 0, device));
        }
        conv_norm_out = GroupNorm(config.NormGroups, channels[0], VaeMidBlock.Eps, device: device);
        conv_out = Conv2d(channels[0], config.OutChannels, kernel_size: 3, padding: 1, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        return Rise(Middle(latents)).MoveToOuterDisposeScope();
    }

    /// <summary>As <c>forward</c>, but above the middle, where maps grow large, tile by tile. latents [B, C, h, w].</summary>
    /// <remarks>
    /// A tile is computed with <see cref="Halo"/> cells around it, as far as convolutions reach, and cut to its own. What ties tiles together beyond
    /// that are the means and variances of group norms: a first round over all tiles gathers them for the whole picture, a second one uses them.
    /// The first round's own come from each tile alone, so the result deviates a little; tests state by how much.
    /// </remarks>
    /// <param name="side">Of a tile, in latent cells.</param>
    public Tensor InTiles(Tensor latents, long side)
    {
        using var scope = NewDisposeScope();
        var middle = Middle(latents);
        using var norms = new SharedNorms(modules().OfType<GroupNorm>().Except(mid_block.modules().OfType<GroupNorm>()));
        var tiles = Tile.Cover(middle.shape[^2], middle.shape[^1], side, Halo);
        foreach (var tile in tiles)
        {
            using var one = NewDisposeScope();
            norms.Gather(tile);
            Rise(tile.WithHalo(middle));
        }
        norms.Share();
        var scale = 1L << (up_blocks.Count - 1);
        var pixels = empty([middle.shape[0], conv_out.out_channels, scale * middle.shape[^2], scale * middle.shape[^1]], middle.dtype, middle.device);
        foreach (var tile in tiles)
        {
            using var one = NewDisposeScope();
            tile.Own(pixels, scale).copy_(tile.WithoutHalo(Rise(tile.WithHalo(middle)), scale));
        }
        return pixels.MoveToOuterDisposeScope();
    }

    private Tensor Middle(Tensor latents) => mid_block.call(conv_in.call(latents));

    private Tensor Rise(Tensor middle)
    {
        using var scope = NewDisposeScope();
        var h = middle.alias();
        foreach (var block in up_blocks)
        {
            h = block.call(h);
            scope.DisposeEverythingBut(h);
        }
        return conv_out.call(F.silu(conv_norm_out.call(h))).MoveToOuterDisposeScope();
    }
}
