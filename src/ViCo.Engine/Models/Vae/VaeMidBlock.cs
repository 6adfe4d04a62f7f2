namespace ViCo.Engine.Models.Vae;

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
        var norm = new Normalization(groups, Eps);
        resnets = new(new ResnetBlock2D(channels, channels, null, norm, device), new ResnetBlock2D(channels, channels, null, norm, device));
        attentions = new(new VaeAttention(channels, groups, device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return resnets[1].call(attentions[0].call(resnets[0].call(hidden, null)), null).MoveToOuterDisposeScope();
    }
}
