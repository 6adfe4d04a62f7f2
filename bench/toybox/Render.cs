using System.Numerics;
using ViCo.Pictures;

namespace ViCo.ToyboxWorld;

/// <summary>A scene's picture, and where its object is.</summary>
/// <param name="Picture">128 × 128 px.</param>
/// <param name="Mask">The same size: white where the object is, else black.</param>
public sealed record Render(Picture Picture, Picture Mask)
{
    private const int Side = World.Side;

    /// <summary>Draws a scene; the same scene gives the same picture.</summary>
    public static Render Of(Scene scene)
    {
        var random = new WorldRandom(scene.Seed);
        var brush = new Brush();
        new Place(brush, random).Paint(scene.Place, scene.Backdrop);
        var pixels = brush.Reduced();
        var (coarse, fine) = (Grain.Piece(random), Grain.Piece(random, fine: true));
        for (var i = 0; i < pixels.Length; i++) pixels[i] = (pixels[i] * (1 + (0.02f * coarse[i]))) + new Vector3(0.008f * fine[i]);

        var (layer, left, top, width) = Object(scene);
        var (x0, y0, s) = (scene.At.X * Side, scene.At.Y * Side, scene.Extent * Side);
        if (Place.HasGround(scene.Place)) Shadow(pixels, x0 - (s * 0.12f * scene.Light.X), y0 + (s * 0.96f), s);
        var cover = layer.Cover;
        if (scene.Place == "water") cover = Afloat(pixels, cover, (left, top, width), (x0, y0, s), (scene.Seed % 6));

        var (picture, mask) = (new byte[3 * Side * Side], new byte[3 * Side * Side]);
        for (var i = 0; i < cover.Length; i++)
        {
            var at = ((top + (i / width)) * Side) + left + (i % width);
            pixels[at] = Vector3.Lerp(pixels[at], layer.Colour[i], cover[i]);
            if (cover[i] > 0.5f) mask.AsSpan(3 * at, 3).Fill(255);
        }
        for (var i = 0; i < pixels.Length; i++)
        {
            var c = Vector3.Clamp(pixels[i] * scene.Brightness, Vector3.Zero, Vector3.One) * 255;
            (picture[3 * i], picture[(3 * i) + 1], picture[(3 * i) + 2]) = ((byte)(c.X + 0.5f), (byte)(c.Y + 0.5f), (byte)(c.Z + 0.5f));
        }
        return new(new(Side, Side, picture), new(Side, Side, mask));
    }

    /// <summary>The object's own pixels, and where they lie in the picture.</summary>
    private static (ObjectLayer Layer, int Left, int Top, int Width) Object(Scene scene)
    {
        var (x0, y0, s) = (scene.At.X * Side, scene.At.Y * Side, scene.Extent * Side);
        var (left, right) = (Math.Max(0, (int)(x0 - (s * 1.25f))), Math.Min(Side, (int)(x0 + (s * 1.25f)) + 1));
        var (top, bottom) = (Math.Max(0, (int)(y0 - (s * 1.22f))), Math.Min(Side, (int)(y0 + (s * 1.18f)) + 1));
        var (cos, sin, width) = (MathF.Cos(scene.Turn), MathF.Sin(scene.Turn), right - left);
        var points = new Vector2[width * (bottom - top)];
        for (var i = 0; i < points.Length; i++)
        {
            var (u, w) = ((left + (i % width) + 0.5f - x0) / s, (top + (i / width) + 0.5f - y0) / s);
            (u, w) = ((cos * u) + (sin * w), (cos * w) - (sin * u));
            points[i] = new((u + (scene.Shear * w) + (scene.Bend * w * w)) / scene.Width, w);
        }
        var gloss = scene.Identity.Class is "teapot" or "duck toy" ? 0.12f : 0;
        var layer = new ObjectLayer(points, 1 / s, new(scene.Light.X, scene.Light.Y), gloss);
        new ObjectShapes(layer, scene.Identity, scene.Tilt).Paint();
        return (layer, left, top, width);
    }

    private static void Shadow(Vector3[] pixels, float x, float y, float s)
    {
        for (var i = 0; i < pixels.Length; i++)
        {
            var (u, v) = (((i % Side) - x) / (s * 0.85f), ((i / Side) - y) / (s * 0.16f));
            pixels[i] *= 1 - (0.42f * MathF.Exp(-((u * u) + (v * v))));
        }
    }

    /// <summary>Lets the water hide the lowest part, with a ring of foam around it.</summary>
    private static float[] Afloat(Vector3[] pixels, float[] cover, (int Left, int Top, int Width) region, (float X, float Y, float S) at,
        float phase)
    {
        var line = at.Y + (at.S * 0.62f);
        for (var i = 0; i < pixels.Length; i++)
        {
            var (u, v) = (((i % Side) - at.X) / (at.S * 1.15f), ((i / Side) - line) / (at.S * 0.2f));
            var off = ((u * u) + (v * v) - 1) / 0.16f;
            pixels[i] = Vector3.Lerp(pixels[i], new(0.98f), MathF.Exp(-off * off) * 0.55f);
        }
        return [.. cover.Select((c, i) =>
        {
            var (x, y) = (region.Left + (i % region.Width), region.Top + (i / region.Width));
            return c * Math.Clamp(line + (1.4f * MathF.Sin((x * 0.25f) + phase)) - y + 0.5f, 0, 1);
        })];
    }
}
