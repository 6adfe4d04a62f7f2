namespace ViCo.Engine.Models;

/// <summary>Halves a map with a 3 × 3 convolution of stride 2.</summary>
/// <remarks>[B, C, H, W] → [B, C, H/2, W/2]. A U-Net pads all sides by 1; the autoencoder (padding 0) only right and bottom.</remarks>
internal sealed class Downsample2D : Module<Tensor, Tensor>
{
    private readonly Conv2d conv;
    private readonly bool _padRightAndBottom;

    public Downsample2D(long channels, long padding, Device? device = null)
        : base(nameof(Downsample2D))
    {
        conv = Conv2d(channels, channels, kernel_size: 3, stride: 2, padding: padding, device: device);
        _padRightAndBottom = padding == 0;
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        return conv.Convolve(_padRightAndBottom ? F.pad(hidden, (0, 1, 0, 1)) : hidden).MoveToOuterDisposeScope();
    }
}
