namespace ViCo.Engine.Models.UNet;

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
    public Tensor RunLayer(int i, Tensor hidden, Tensor skip, in Conditions conditions)
    {
        var (temb, text, pass) = conditions;
        using var scope = NewDisposeScope();
        var h = resnets[i].Run(hidden, skip, temb, pass);
        if (attentions is not null) h = attentions[i].call(h, text, pass);
        if (i == resnets.Count - 1 && upsamplers is not null && pass?.Done != true) h = upsamplers[0].call(h);
        return h.MoveToOuterDisposeScope();
    }
}
