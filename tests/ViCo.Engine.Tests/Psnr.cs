using ViCo.Pictures;

namespace ViCo.Engine.Tests;

/// <summary>How alike two pictures are, in decibel: infinite where every byte is the same.</summary>
internal static class Psnr
{
    public static double Of(GeneratedImage a, GeneratedImage b)
    {
        var (first, second) = (PictureCodec.Decode(a.Png, "a").Rgb, PictureCodec.Decode(b.Png, "b").Rgb);
        var error = first.Zip(second).Average(pair => (double)(pair.First - pair.Second) * (pair.First - pair.Second));
        return error == 0 ? double.PositiveInfinity : 10 * Math.Log10(255 * 255 / error);
    }
}
