namespace ViCo.Pictures.Drawing;

/// <summary>8-bit sRGB.</summary>
internal readonly record struct Colour(byte R, byte G, byte B)
{
    public static readonly Colour White = new(255, 255, 255);

    /// <summary>This colour moved towards <paramref name="other"/> by <paramref name="part"/>, 0 to 1.</summary>
    public Colour Mix(Colour other, double part) => new(Mix(R, other.R, part), Mix(G, other.G, part), Mix(B, other.B, part));

    private static byte Mix(byte from, byte to, double part) => (byte)Math.Round(from + ((to - from) * Math.Clamp(part, 0, 1)));
}
