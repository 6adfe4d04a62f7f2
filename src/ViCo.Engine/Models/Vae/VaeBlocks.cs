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
