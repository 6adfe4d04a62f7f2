namespace ViCo.Engine.Models.UNet;

/// <summary>One encoder level: residual blocks, a spatial transformer after each where the level has attention, then halving.</summary>
internal sealed class DownBlock2D : Module
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<Transformer2DModel>? attentions;
    private readonly ModuleList<Downsample2D>? downsamplers;

    public DownBlock2D(ResnetBlock2D[] resnets, Transformer2DModel[]? attentions, Downsample2D? downsampler)
        : base(nameof(DownBlock2D))
    {
        this.resnets = new(resnets);
        this.attentions = attentions is null ? null : new(attentions);
        downsamplers = downsampler is null ? null : new(downsampler);
        RegisterComponents();
    }

    /// <summary>Pushes the output of every layer onto <paramref name="skips"/>; returns the last one, in the caller's scope.</summary>
    public Tensor Run(Tensor hidden, in Conditions conditions, Stack<Tensor> skips)
    {
        var (temb, text, pass) = conditions;
        var h = hidden;
        for (var i = 0; i < resnets.Count; i++)
        {
            h = resnets[i].Run(h, temb, pass);
            if (attentions is not null) h = attentions[i].call(h, text, pass);
            skips.Push(h);
        }
        if (downsamplers is not null)
        {
            h = downsamplers[0].call(h);
            skips.Push(h);
        }
        return h;
    }
}
