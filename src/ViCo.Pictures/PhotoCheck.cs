namespace ViCo.Pictures;

/// <summary>
/// Checks uploaded photos: type by content, bytes, frames and pixels before anything is decoded, then size, sharpness, exposure and
/// likeness.
/// </summary>
public static class PhotoCheck
{
    private const int JpegQuality = 95;

    /// <summary>Side in pixels at which sharpness and exposure are judged, so that a photo's size does not matter.</summary>
    private const int JudgedSide = 256;

    /// <summary>8-bit luma: of a photo nine tenths of which are darker, or brighter, what it shows is lost.</summary>
    private const int TooDark = 36, TooBright = 240;

    /// <summary>Variance of the Laplacian of 8-bit luma below which edges are gone: out of focus or shaken.</summary>
    private const double BlurThreshold = 15;

    /// <summary>Of 64 fingerprint bits; unrelated photos differ in about 32, copies in another size or quality in 0 to 4.</summary>
    private const int DuplicateDistance = 5;

    /// <summary>What every photo is looked at for, by names that do not change; likeness is for the caller, who knows the others.</summary>
    public static IReadOnlyList<string> Looks { get; } = ["size", "blur", "exposure", "near-duplicate"];

    /// <summary>Checks one photo.</summary>
    /// <param name="name">What messages call the photo.</param>
    public static PhotoVerdict Check(string name, ReadOnlyMemory<byte> content, PhotoRules rules)
    {
        var (picture, problem) = PictureCodec.TryDecode(content, name, rules.Limits);
        if (picture is null)
            return new(name, null, problem, []);
        if (picture.Width < rules.MinSide || picture.Height < rules.MinSide)
        {
            return new(name, null,
                new("too-small",
                $"Photo '{name}' is {picture.Width} × {picture.Height} px; both sides must be at least {rules.MinSide} px."), []);
        }

        var warnings = new List<string>();
        if (Math.Min(picture.Width, picture.Height) * 2 < rules.TrainingSize)
        {
            warnings.Add(
                $"Photo '{name}' is {picture.Width} × {picture.Height} px; the model trains at {rules.TrainingSize} px, so it will be "
                + $"enlarged and look soft.");
        }

        var small = Small(picture);
        if (Sharpness(small) < BlurThreshold) warnings.Add($"Photo '{name}' looks out of focus or shaken; sharp photos teach more.");
        if (ExposureProblem(small) is { } exposure) warnings.Add($"Photo '{name}' is {exposure}; what cannot be seen is not learned.");

        var format = PictureHeader.Read(content.Span).Info!.Format == PictureFormat.Jpeg ? PictureFormat.Jpeg : PictureFormat.Png;
        var clean = format == PictureFormat.Jpeg ? PictureCodec.EncodeJpeg(picture, JpegQuality) : PictureCodec.EncodePng(picture);
        return new(name, new(clean, format, picture.Width, picture.Height, Fingerprint(picture)), null, warnings);
    }

    /// <summary>Whether two fingerprints belong to what looks like the same photo.</summary>
    public static bool AreNearDuplicates(ulong one, ulong other) => ulong.PopCount(one ^ other) <= DuplicateDistance;

    /// <summary>A difference hash: which of 8 × 8 neighbours across is brighter.</summary>
    internal static ulong Fingerprint(Picture picture)
    {
        var luma = Luma(Resampler.Resize(picture, 9, 8, ResampleFilter.Bilinear));
        var bits = 0UL;
        for (var y = 0; y < 8; y++)
        {
            for (var x = 0; x < 8; x++)
                bits = (bits << 1) | (luma[(9 * y) + x] > luma[(9 * y) + x + 1] ? 1UL : 0);
        }

        return bits;
    }

    internal static double Sharpness(Picture picture) => Sharpness(Small(picture));

    private static (double[] Luma, int Width, int Height) Small(Picture picture)
    {
        var scale = Math.Min(1.0, (double)JudgedSide / Math.Max(picture.Width, picture.Height));
        var (w, h) = (Math.Max((int)(picture.Width * scale), 3), Math.Max((int)(picture.Height * scale), 3));
        return (Luma(Resampler.Resize(picture, w, h, ResampleFilter.Bilinear)), w, h);
    }

    private static string? ExposureProblem((double[] Luma, int Width, int Height) small)
    {
        var sorted = small.Luma.Order().ToArray();
        return sorted[sorted.Length * 9 / 10] < TooDark ? "nearly black" : sorted[sorted.Length / 10] > TooBright ? "nearly white" : null;
    }

    private static double Sharpness((double[] Luma, int Width, int Height) small)
    {
        var (luma, w, h) = small;
        double sum = 0, squares = 0;
        for (var y = 1; y < h - 1; y++)
        {
            for (var x = 1; x < w - 1; x++)
            {
                var at = (y * w) + x;
                var laplacian = luma[at - 1] + luma[at + 1] + luma[at - w] + luma[at + w] - (4 * luma[at]);
                sum += laplacian;
                squares += laplacian * laplacian;
            }
        }

        var n = (w - 2.0) * (h - 2);
        return (squares / n) - (sum / n * (sum / n));
    }

    /// <summary>ITU-R BT.601 luma, 0 to 255.</summary>
    private static double[] Luma(Picture picture)
    {
        var luma = new double[picture.Width * picture.Height];
        for (var i = 0; i < luma.Length; i++)
            luma[i] = (0.299 * picture.Rgb[3 * i]) + (0.587 * picture.Rgb[(3 * i) + 1]) + (0.114 * picture.Rgb[(3 * i) + 2]);
        return luma;
    }
}
