namespace ViCo.Engine.Models.Vae;

/// <summary>A decoder level: residual blocks, then doubling.</summary>
internal sealed class UpDecoderBlock2D : Module<Tensor, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets = [];
    private readonly ModuleList<Upsample2D>? upsamplers;

    public UpDecoderBlock2D(VaeLevel level, int groups, Device? device)
        : base(nameof(UpDecoderBlock2D))
    {
        var norm = new Normalization(groups, VaeMidBlock.Eps);
        for (var i = 0; i < level.Layers; i++) resnets.Add(new(i == 0 ? level.From : level.To, level.To, null, norm, device));
        upsamplers = level.Resizes ? new(new Upsample2D(level.To, device)) : null;
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
