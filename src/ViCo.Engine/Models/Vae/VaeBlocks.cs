namespace ViCo.Engine.Models.Vae;

/// <summary>An encoder level: residual blocks, then halving.</summary>
internal sealed class DownEncoderBlock2D : Module<Tensor, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets = [];
    private readonly ModuleList<Downsample2D>? downsamplers;

    public DownEncoderBlock2D(int from, int to, int layers, int groups, bool halves, Device? device)
        : base(nameof(DownEncoderBlock2D))
    {
        for (var i = 0; i < layers; i++) resnets.Add(new(i == 0 ? from : to, to, null, groups, VaeMidBlock.Eps, device));
        downsamplers = halves ? new(new Downsample2D(to, padding: 0, device)) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var h = hidden.alias();
        foreach (var resnet in resnets) h = resnet.call(h, null);
        if (downsamplers is not null) h = downsamplers[0].call(h);
        return h.MoveToOuterDisposeScope();
    }
}

/// <summary>A decoder level: residual blocks, then doubling.</summary>
internal sealed class UpDecoderBlock2D : Module<Tensor, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets = [];
    private readonly ModuleList<Upsample2D>? upsamplers;

    public UpDecoderBlock2D(int from, int to, int layers, int groups, bool doubles, Device? device)
        : base(nameof(UpDecoderBlock2D))
    {
        for (var i = 0; i < layers; i++) resnets.Add(new(i == 0 ? from : to, to, null, groups, VaeMidBlock.Eps, device));
        upsamplers = doubles ? new(new Upsample2D(to, device)) : null;
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var h = hidden.alias();
        foreach (var resnet in resnets) h = resnet.call(h, null);
        if (upsamplers is not null) h = upsamplers[0].call(h);
        return h.MoveToOuterDisposeScope();
    }

    /// <summary>Its layers one by one, each as in <c>forward</c> but in <see cref="Strips"/>.</summary>
    public IEnumerable<Func<Tensor, Tensor>> LayersInStrips
    {
        get
        {
            foreach (var resnet in resnets) yield return resnet.InStrips;
            if (upsamplers is not null) yield return upsamplers[0].InStrips;
        }
    }
}

/// <summary>The middle of encoder and decoder: residual block, attention over all cells, residual block.</summary>
internal sealed class VaeMidBlock : Module<Tensor, Tensor>
{
    /// <summary>ε of every GroupNorm of the autoencoder.</summary>
    public const double Eps = 1e-6;

    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<VaeAttention> attentions;

    public VaeMidBlock(int channels, int groups, Device? device)
        : base(nameof(VaeMidBlock))
    {
        resnets = new(new ResnetBlock2D(channels, channels, null, groups, Eps, device), new ResnetBlock2D(channels, channels, null, groups, Eps, device));
        attentions = new(new VaeAttention(channels, groups, device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return resnets[1].call(attentions[0].call(resnets[0].call(hidden, null)), null).MoveToOuterDisposeScope();
    }
}

/// <summary>Single-head self-attention over the cells of a map, plus its input.</summary>
internal sealed class VaeAttention : Module<Tensor, Tensor>
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q, to_k, to_v;
    private readonly ModuleList<Linear> to_out;

    public VaeAttention(int channels, int groups, Device? device = null)
        : base(nameof(VaeAttention))
    {
        group_norm = GroupNorm(groups, channels, VaeMidBlock.Eps, device: device);
        to_q = Linear(channels, channels, device: device);
        to_k = Linear(channels, channels, device: device);
        to_v = Linear(channels, channels, device: device);
        to_out = new(Linear(channels, channels, device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var tokens = group_norm.call(hidden).flatten(2).transpose(1, 2).unsqueeze(1);       // [B, 1, H·W, C]: one head
        var attended = F.scaled_dot_product_attention(to_q.call(tokens), to_k.call(tokens), to_v.call(tokens));
        return hidden.Plus(to_out[0].call(attended).squeeze(1).transpose(1, 2).reshape(hidden.shape)).MoveToOuterDisposeScope();
    }
}
