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
    public Tensor Run(Tensor hidden, Tensor temb, AttentionContext text, Adaptation? pass, Stack<Tensor> skips)
    {
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

/// <summary>The middle of a U-Net: residual block, spatial transformer, residual block.</summary>
internal sealed class UNetMidBlock2DCrossAttn : Module
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<Transformer2DModel> attentions;

    public UNetMidBlock2DCrossAttn(ResnetBlock2D first, Transformer2DModel attention, ResnetBlock2D second)
        : base(nameof(UNetMidBlock2DCrossAttn))
    {
        resnets = new(first, second);
        attentions = new(attention);
        RegisterComponents();
    }

    public Tensor Run(Tensor hidden, Tensor temb, AttentionContext text, Adaptation? pass) =>
        resnets[1].Run(attentions[0].call(resnets[0].Run(hidden, temb, pass), text, pass), temb, pass);
}

/// <summary>One decoder level: layers that each take a skip connection, then doubling.</summary>
internal sealed class UpBlock2D : Module
{
    private readonly ModuleList<ResnetBlock2D> resnets;
    private readonly ModuleList<Transformer2DModel>? attentions;
    private readonly ModuleList<Upsample2D>? upsamplers;

    public UpBlock2D(ResnetBlock2D[] resnets, Transformer2DModel[]? attentions, Upsample2D? upsampler)
        : base(nameof(UpBlock2D))
    {
        this.resnets = new(resnets);
        this.attentions = attentions is null ? null : new(attentions);
        upsamplers = upsampler is null ? null : new(upsampler);
        RegisterComponents();
    }

    public int Layers => resnets.Count;

    /// <summary>Layer <paramref name="i"/> of <see cref="Layers"/>; the last one also doubles the map.</summary>
    /// <param name="skip">The encoder's output of the same size, joined on channels.</param>
    public Tensor RunLayer(int i, Tensor hidden, Tensor skip, Tensor temb, AttentionContext text, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var h = resnets[i].Run(hidden, skip, temb, pass);
        if (attentions is not null) h = attentions[i].call(h, text, pass);
        if (i == resnets.Count - 1 && upsamplers is not null && pass?.Done != true) h = upsamplers[0].call(h);
        return h.MoveToOuterDisposeScope();
    }
}
