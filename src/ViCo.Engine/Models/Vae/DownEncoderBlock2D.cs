namespace ViCo.Engine.Models.Vae;

/// <summary>An encoder level: residual blocks, then halving.</summary>
internal sealed class DownEncoderBlock2D : Module<Tensor, Tensor>
{
    private readonly ModuleList<ResnetBlock2D> resnets = [];
    private readonly ModuleList<Downsample2D>? downsamplers;

    public DownEncoderBlock2D(VaeLevel level, int groups, Device? device)
        : base(nameof(DownEncoderBlock2D))
    {
        var norm = new Normalization(groups, VaeMidBlock.Eps);
        for (var i = 0; i < level.Layers; i++) resnets.Add(new(i == 0 ? level.From : level.To, level.To, null, norm, device));
        downsamplers = level.Resizes ? new(new Downsample2D(level.To, padding: 0, device)) : null;
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
