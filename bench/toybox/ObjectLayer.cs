using System.Numerics;

namespace ViCo.ToyboxWorld;

/// <summary>An object's pixels while it is painted, part after part: colour and how much of each pixel it covers.</summary>
/// <param name="points">Where each pixel lies in the object's plane.</param>
/// <param name="pixel">Side of a pixel there.</param>
/// <param name="light">Where the light comes from.</param>
/// <param name="gloss">How much it shines.</param>
internal sealed class ObjectLayer(Vector2[] points, float pixel, Vector2 light, float gloss)
{
    public float Pixel => pixel;

    public Vector3[] Colour { get; } = new Vector3[points.Length];

    public float[] Cover { get; } = new float[points.Length];

    /// <summary>Paints a part: inflated by shading, with an inked edge.</summary>
    public void Paint(Outline shape, Vector3 colour, Surface? surface = null, float ink = 0.75f, float depth = 0.3f) =>
        Paint(shape, colour, ink, surface, depth);

    /// <summary>Paints a part that has no shading.</summary>
    public void PaintFlat(Outline shape, Vector3 colour, float ink = 0) => Paint(shape, colour, ink, null, null);

    /// <summary>A white eye that looks somewhere.</summary>
    public void Eye(float x, float y, float radius, Vector3 iris, float look = 0)
    {
        PaintFlat(Outlines.Circle(x, y, radius), Vector3.One, 0.9f);
        PaintFlat(Outlines.Circle(x + (look * radius), y, radius * 0.6f), iris);
        PaintFlat(Outlines.Circle(x + ((look - 0.2f) * radius), y - (0.25f * radius), radius * 0.22f), Vector3.One);
    }

    /// <summary>A button eye.</summary>
    public void Button(float x, float y, float radius)
    {
        PaintFlat(Outlines.Circle(x, y, radius), new(0.05f, 0.05f, 0.08f));
        PaintFlat(Outlines.Circle(x - (0.3f * radius), y - (0.3f * radius), radius * 0.35f), Vector3.One);
    }

    private void Paint(Outline shape, Vector3 colour, float ink, Surface? surface, float? depth)
    {
        for (var i = 0; i < points.Length; i++)
        {
            var (u, v) = (points[i].X, points[i].Y);
            var distance = shape(u, v);
            var cover = Math.Clamp(0.5f - (distance / pixel), 0, 1);
            if (cover == 0) continue;
            var c = surface is null ? colour : Vector3.Lerp(colour, surface.Colour, surface.Weight(u, v));
            var inflated = depth is { } deep ? Math.Clamp(-distance / deep, 0, 1) : 0;
            if (depth is not null)
                c *= (0.66f + (0.34f * MathF.Sqrt(inflated))) * (1.03f - (0.16f * ((u * light.X) + (v * light.Y))));
            if (ink > 0)
            {
                var edge = Math.Clamp((distance / pixel) + 1.9f, 0, 1) * ink;
                c = Vector3.Lerp(c, (c * 0.28f) + new Vector3(0.01f), edge);
            }
            if (gloss > 0 && depth is not null) c = Vector3.Lerp(c, Vector3.One, Shine(u, v, inflated));
            Colour[i] = Vector3.Lerp(Colour[i], c, cover);
            Cover[i] = MathF.Max(Cover[i], cover);
        }
    }

    private float Shine(float u, float v, float inflated)
    {
        var spot = Math.Clamp(1 - (MathF.Sqrt(((u + 0.25f) * (u + 0.25f)) + ((v + 0.35f) * (v + 0.35f))) / 0.75f), 0, 1);
        var across = ((u * 0.8f) + (v * 0.6f) + 0.18f) / 0.09f;
        var band = MathF.Exp(-across * across) * MathF.Sqrt(inflated);
        return MathF.Min(gloss * ((0.55f * spot * spot * inflated) + (0.8f * band)), 0.92f);
    }
}
