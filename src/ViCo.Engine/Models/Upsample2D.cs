namespace ViCo.Engine.Models;

/// <summary>Doubles a map by repeating cells, then a 3 × 3 convolution.</summary>
/// <remarks>[B, C, H, W] → [B, C, 2H, 2W].</remarks>
internal sealed class Upsample2D : Module<Tensor, Tensor>
{
    private static readonly double[] Twice = [2, 2];

    private readonly Conv2d conv;

    public Upsample2D(long channels, Device? device = null)
        : base(nameof(Upsample2D))
    {
        conv = Conv2d(channels, channels, kernel_size: 3, padding: 1, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return conv.Convolve(Doubled(hidden)).MoveToOuterDisposeScope();
    }

    /// <summary>As <c>forward</c>, in <see cref="Vae.Strips"/>.</summary>
    public Tensor InStrips(Tensor hidden) => Vae.Strips.Convolve(conv, hidden, scale: 2, Doubled);

    private static Tensor Doubled(Tensor hidden) => F.interpolate(hidden, scale_factor: Twice, mode: InterpolationMode.Nearest);
}
