using ViCo.Pictures;

namespace ViCo.Engine.Rehearsal;

/// <summary>A disc on a gradient, its colours and place taken from 32 bytes.</summary>
internal static class RehearsalPicture
{
    public static byte[] Draw(ReadOnlySpan<byte> seed, int width, int height)
    {
        var rgb = new byte[3 * width * height];
        double cx = width * (0.3 + 0.4 * seed[6] / 255), cy = height * (0.35 + 0.3 * seed[7] / 255);
        var radius = Math.Min(width, height) * (0.15 + 0.12 * seed[8] / 255);
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
            {
                var inside = (x - cx) * (x - cx) + (y - cy) * (y - cy) < radius * radius;
                for (var c = 0; c < 3; c++)
                {
                    var shade = inside ? seed[c] : seed[3 + c] * (0.5 + 0.5 * y / height);
                    rgb[3 * (y * width + x) + c] = (byte)shade;
                }
            }
        }

        return PictureCodec.EncodePng(new(width, height, rgb));
    }
}
