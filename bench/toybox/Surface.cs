using System.Numerics;

namespace ViCo.ToyboxWorld;

/// <summary>A second colour on a part.</summary>
/// <param name="Weight">How much of it there is at a point, 0 to 1.</param>
internal sealed record Surface(Func<float, float, float> Weight, Vector3 Colour)
{
    /// <summary>An object's pattern, fixed to it whatever the view; null: it is plain.</summary>
    /// <param name="scale">How much finer than usual.</param>
    /// <param name="at">Middle of a star or heart.</param>
    /// <param name="emblem">Size of a star or heart.</param>
    public static Surface? Of(Identity identity, float pixel, float scale = 1, (float X, float Y) at = default, float emblem = 0.3f)
    {
        var (f, soft) = (identity.Frequency * scale, 1.5f * pixel);
        var (sin, cos) = (MathF.Sin(identity.Angle), MathF.Cos(identity.Angle));
        return identity.Pattern switch
        {
            "plain" => null,
            "striped" => new((u, v) =>
                Edge((MathF.Abs(Fraction(((u * sin) + (v * cos)) * f) - 0.5f) / f) - (0.24f / f), soft), identity.C2),
            "spotted" => new((u, v) =>
            {
                var row = MathF.Floor(v * f);
                var x = Fraction((u * f) + (row % 2 == 0 ? 0 : 0.5f)) - 0.5f;
                var y = Fraction(v * f) - 0.5f;
                return Edge((MathF.Sqrt((x * x) + (y * y)) / f) - (0.31f / f), soft);
            }, identity.C2),
            "checkered" => new((u, v) =>
            {
                var g = MathF.Sin(u * MathF.PI * f) * MathF.Sin((v + 0.07f) * MathF.PI * f);
                return Edge(-g / (MathF.PI * f), soft);
            }, identity.C2),
            "star" => Emblem(Outlines.Star(at.X, at.Y, emblem * 1.1f)),
            _ => Emblem(Outlines.Heart(at.X, at.Y, emblem * 0.85f)),
        };

        Surface Emblem(Outline shape) => new((u, v) => Edge(shape(u, v), pixel), identity.C2);
    }

    /// <summary>1 well inside, 0 well outside.</summary>
    private static float Edge(float distance, float soft) => Math.Clamp(0.5f - (distance / soft), 0, 1);

    private static float Fraction(float x) => x - MathF.Floor(x);
}
