namespace ViCo.Engine.Models.UNet;

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

    public Tensor Run(Tensor hidden, in Conditions conditions)
    {
        var (temb, text, pass) = conditions;
        return resnets[1].Run(attentions[0].call(resnets[0].Run(hidden, temb, pass), text, pass), temb, pass);
    }
}
