namespace ViCo.Engine.Models.UNet;

/// <summary>Predicts the noise in latents, given timestep and text. Rombach et al. 2022 (Stable Diffusion 1.x and its relatives).</summary>
/// <remarks>
/// latents [B, C, H, W], timesteps [B], text [P, T, D] → [B, C, H, W]. Parameter names are diffusers'. Latents and text of any number
/// type are rounded to the weights' type on the way in; the noise comes out in the latents'.
/// </remarks>
internal sealed class UNet2DConditionModel : Module<Tensor, Tensor, AttentionContext, Adaptation?, Tensor>
{
    private readonly UNet2DConditionConfig _config;
    private readonly Conv2d conv_in, conv_out;
    private readonly TimestepEmbedding time_embedding;
    private readonly ModuleList<DownBlock2D> down_blocks = [];
    private readonly UNetMidBlock2DCrossAttn mid_block;
    private readonly ModuleList<UpBlock2D> up_blocks = [];
    private readonly GroupNorm conv_norm_out;
    private DeviceTables? _tables;

    /// <param name="device">Where the parameters are made; null: the CPU. <c>meta</c> for names and shapes without memory.</param>
    public UNet2DConditionModel(UNet2DConditionConfig config, Device? device = null)
        : base(nameof(UNet2DConditionModel))
    {
        _config = config;
        var channels = config.BlockOutChannels;
        long temb = 4 * channels[0];
        var blocks = new List<BlockPlace>();

        conv_in = Conv2d(config.InChannels, channels[0], kernel_size: 3, padding: 1, device: device);
        time_embedding = new TimestepEmbedding(channels[0], temb, device);
        var skips = new Stack<int>([channels[0]]);
        for (var level = 0; level < channels.Count; level++)
        {
            var width = channels[level];
            var resnets = new List<ResnetBlock2D>();
            var attentions = new List<Transformer2DModel>();
            for (var i = 0; i < config.LayersPerBlock; i++)
            {
                resnets.Add(Resnet(i > 0 ? width : channels[Math.Max(level - 1, 0)], width));
                if (config.DownAttention[level]) attentions.Add(
                    Attention($"input_blocks.{level * (config.LayersPerBlock + 1) + i + 1}.1", level));
                skips.Push(width);
            }
            var halves = level < channels.Count - 1;
            if (halves) skips.Push(width);
            down_blocks.Add(new([.. resnets], config.DownAttention[level] ? [.. attentions] : null, halves ? new(width, padding: 1, device)
                : null));
        }

        mid_block = new(Resnet(channels[^1], channels[^1]), Attention("middle_block.1", channels.Count - 1),
            Resnet(channels[^1], channels[^1]));

        var previous = channels[^1];
        for (var up = 0; up < channels.Count; up++)
        {
            var level = channels.Count - 1 - up;
            var resnets = new List<ResnetBlock2D>();
            var attentions = new List<Transformer2DModel>();
            for (var i = 0; i <= config.LayersPerBlock; i++)
            {
                resnets.Add(Resnet(previous + skips.Pop(), channels[level]));
                previous = channels[level];
                if (config.UpAttention[up]) attentions.Add(Attention($"output_blocks.{up * (config.LayersPerBlock + 1) + i}.1", level));
            }
            up_blocks.Add(new([.. resnets], config.UpAttention[up] ? [.. attentions] : null, level > 0 ? new(channels[level], device)
                : null));
        }

        conv_norm_out = GroupNorm(config.NormGroups, channels[0], config.NormEps, device: device);
        conv_out = Conv2d(channels[0], config.OutChannels, kernel_size: 3, padding: 1, device: device);
        Blocks = blocks;
        RegisterComponents();

        ResnetBlock2D Resnet(int from, int to) => new(from, to, temb, new(config.NormGroups, config.NormEps), device);

        Transformer2DModel Attention(string ldmName, int level)
        {
            var block = new BlockPlace(blocks.Count, ldmName, channels[level], config.Heads[level]);
            blocks.Add(block);
            return new(block.Id, new(block.Width, config.CrossAttentionDim, block.Heads), config.NormGroups, device);
        }
    }

    /// <summary>All transformer blocks in order of execution.</summary>
    public IReadOnlyList<BlockPlace> Blocks { get; }

    public UNet2DConditionConfig Config => _config;

    /// <summary>The weights' number type, which the whole pass is computed in.</summary>
    public ScalarType DType => conv_in.weight.dtype;

    public override Tensor forward(Tensor latents, Tensor timesteps, AttentionContext text, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var hidden = Run(latents, timesteps, text, pass);
        return conv_out.Convolve(Activation.Silu(conv_norm_out.call(hidden))).As(latents.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Runs a pass for what <paramref name="pass"/> sees of it, and only until it is done.</summary>
    public void Visit(Tensor latents, Tensor timesteps, AttentionContext text, Adaptation pass)
    {
        using var scope = NewDisposeScope();
        Run(latents, timesteps, text, pass);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _tables?.Dispose();
        base.Dispose(disposing);
    }

    private Tensor Frequencies(Device device)
    {
        _tables ??= new(device);
        return _tables.Of(nameof(TimestepEmbedding), at =>
            TimestepEmbedding.Frequencies(_config.BlockOutChannels[0], _config.FrequencyShift, at));
    }

    private Tensor Run(Tensor latents, Tensor timesteps, AttentionContext text, Adaptation? pass)
    {
        var sinusoids = TimestepEmbedding.Sinusoids(timesteps, Frequencies(timesteps.device), _config.CosineFirst);
        var temb = Activation.Silu(time_embedding.call(sinusoids.As(DType)));
        var context = text.Tokens.dtype == DType ? text : text with { Tokens = text.Tokens.to(DType) };
        var hidden = conv_in.call(latents.As(DType));
        var skips = new Stack<Tensor>([hidden]);
        var conditions = new Conditions(temb, context, pass);
        foreach (var block in down_blocks) hidden = block.Run(hidden, conditions, skips);
        hidden = mid_block.Run(hidden, conditions);
        foreach (var block in up_blocks)
        {
            for (var i = 0; i < block.Layers; i++)
            {
                hidden = block.RunLayer(i, hidden, skips.Pop(), conditions);
                if (pass?.Done == true) return hidden;
                if (pass?.Staying is { } staying && staying < hidden.shape[0])
                {
                    (hidden, conditions) = (hidden.narrow(0, 0, staying), conditions.First(staying));
                    skips = new(skips.Reverse().Select(skip => skip.narrow(0, 0, staying)));
                }
            }
        }
        return hidden;
    }
}
