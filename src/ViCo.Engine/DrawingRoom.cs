using System.Globalization;
using ViCo.Pictures;

namespace ViCo.Engine;

/// <summary>How drawings are cut to fit the memory. Their pictures say it, for it moves their numbers by rounding.</summary>
/// <param name="AtOnce">Pictures in one call of the U-Net, at most; more take turns.</param>
/// <param name="InStrips">Whether a picture is decoded strip by strip.</param>
public sealed record DrawingRoom(int AtOnce, bool InStrips)
{
    private const string Batch = "batch", Decoded = "decoded", Strips = "strips";

    /// <summary>What a PNG file says; null where it says nothing: another program drew it, or a former version.</summary>
    public static DrawingRoom? Of(ReadOnlySpan<byte> png)
    {
        var texts = PictureText.Read(png);
        var said = texts.FirstOrDefault(t => t.Keyword == Batch)?.Text;
        return int.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var batch) && batch > 0
            ? new(batch, texts.Any(t => t is { Keyword: Decoded, Text: Strips })) : null;
    }

    /// <summary>What <see cref="Of"/> reads.</summary>
    internal IEnumerable<PictureText> ToTexts()
    {
        yield return new(Batch, AtOnce.ToString(CultureInfo.InvariantCulture));
        if (InStrips) yield return new(Decoded, Strips);
    }
}
