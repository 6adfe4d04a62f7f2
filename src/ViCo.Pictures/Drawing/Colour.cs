namespace ViCo.Pictures.Drawing;

/// <summary>8-bit sRGB.</summary>
internal readonly record struct Colour(byte R, byte G, byte B)
{
    public static readonly Colour White = new(255, 255, 255);
    public static readonly Colour Ink = new(0x22, 0x26, 0x2E);
    public static readonly Colour Faint = new(0xD9, 0xDD, 0xE4);
    public static readonly Colour Soft = new(0x75, 0x7D, 0x8C);
    public static readonly Colour Accent = new(0x2B, 0x6C, 0xB0);

    /// <summary>This colour moved towards <paramref name="other"/> by <paramref name="part"/>, 0 to 1.</summary>
    public Colour Mix(Colour other, double part) => new(Mix(R, other.R, part), Mix(G, other.G, part), Mix(B, other.B, part));

    private static byte Mix(byte from, byte to, double part) => (byte)Math.Round(from + ((to - from) * Math.Clamp(part, 0, 1)));
}
