namespace ViCo.Pictures;

/// <summary>The kernels of <see cref="Resampler"/>.</summary>
public enum ResampleFilter
{
    /// <summary>Triangle, radius 1.</summary>
    Bilinear,

    /// <summary>Cubic convolution with a = −0.5, radius 2.</summary>
    Bicubic,
}
