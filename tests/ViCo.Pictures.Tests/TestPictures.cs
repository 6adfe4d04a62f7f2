using System.Buffers.Binary;

namespace ViCo.Pictures.Tests;

/// <summary>Pictures and files that the tests craft.</summary>
internal static class TestPictures
{
    /// <summary>Noise from a linear congruential generator: the same bytes as the Pillow results were made from.</summary>
    public static Picture Noise(int width, int height)
    {
        var rgb = new byte[3 * width * height];
        var state = 12345u;
        for (var i = 0; i < rgb.Length; i++)
        {
            state = unchecked((state * 1664525) + 1013904223);
            rgb[i] = (byte)(state >> 24);
        }

        return new(width, height, rgb);
    }

    /// <summary>Four quarters of four colours and a size that is not square: no turn or mirror leaves it as it is.</summary>
    public static Picture Quarters(int width = 96, int height = 64) => Paint(width, height, (x, y) =>
        (x < width / 2, y < height / 2) switch
        {
            (true, true) => (230, 40, 30),
            (false, true) => (40, 200, 60),
            (true, false) => (40, 70, 220),
            _ => (240, 240, 240),
        });

    public static Picture Paint(int width, int height, Func<int, int, (int R, int G, int B)> colour)
    {
        var rgb = new byte[3 * width * height];
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var (r, g, b) = colour(x, y);
                var at = 3 * ((y * width) + x);
                (rgb[at], rgb[at + 1], rgb[at + 2]) = ((byte)r, (byte)g, (byte)b);
            }
        }

        return new(width, height, rgb);
    }

    public static (int R, int G, int B) At(Picture picture, int x, int y)
    {
        var at = 3 * ((y * picture.Width) + x);
        return (picture.Rgb[at], picture.Rgb[at + 1], picture.Rgb[at + 2]);
    }

    /// <summary>A JPEG file with an EXIF block that holds one orientation entry.</summary>
    public static byte[] WithOrientation(byte[] jpeg, int orientation, bool littleEndian)
    {
        var tiff = new byte[26];
        (littleEndian ? "II*\0"u8 : "MM\0*"u8).CopyTo(tiff);
        Put32(4, 8);
        Put16(8, 1);                        // one entry
        Put16(10, 0x0112);
        Put16(12, 3);                       // SHORT
        Put32(14, 1);
        Put16(18, (ushort)orientation);
        byte[] app1 = [0xFF, 0xE1, 0, (byte)(2 + 6 + tiff.Length), .. "Exif\0\0"u8, .. tiff];
        return [.. jpeg[..2], .. app1, .. jpeg[2..]];

        void Put16(int at, ushort value)
        {
            if (littleEndian)
                BinaryPrimitives.WriteUInt16LittleEndian(tiff.AsSpan(at), value);
            else
                BinaryPrimitives.WriteUInt16BigEndian(tiff.AsSpan(at), value);
        }

        void Put32(int at, uint value)
        {
            if (littleEndian)
                BinaryPrimitives.WriteUInt32LittleEndian(tiff.AsSpan(at), value);
            else
                BinaryPrimitives.WriteUInt32BigEndian(tiff.AsSpan(at), value);
        }
    }

    public static double MeanDifference(Picture one, Picture other)
    {
        Assert.Equal((one.Width, one.Height), (other.Width, other.Height));
        return one.Rgb.Zip(other.Rgb, (a, b) => Math.Abs(a - b)).Average();
    }
}
