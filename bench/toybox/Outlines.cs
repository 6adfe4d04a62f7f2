namespace ViCo.ToyboxWorld;

/// <summary>Shapes in the object's own plane, −1 to 1, y downwards.</summary>
internal static class Outlines
{
    public static Outline Circle(float cx, float cy, float radius) => (x, y) => MathF.Sqrt(Square(x - cx) + Square(y - cy)) - radius;

    public static Outline Ellipse(float cx, float cy, float rx, float ry, float turn = 0) => At(cx, cy, turn, (u, v) =>
    {
        var near = MathF.Sqrt(Square(u / rx) + Square(v / ry)) + 1e-6f;
        return near * (near - 1) / (MathF.Sqrt(Square(u / (rx * rx)) + Square(v / (ry * ry))) + 1e-6f);
    });

    /// <param name="halfWidth">Of the whole, corners included.</param>
    /// <param name="round">Radius of the corners.</param>
    public static Outline Box(float cx, float cy, float halfWidth, float halfHeight, float round = 0, float turn = 0) =>
        At(cx, cy, turn, (u, v) =>
        {
            var (a, b) = (MathF.Abs(u) - (halfWidth - round), MathF.Abs(v) - (halfHeight - round));
            return MathF.Sqrt(Square(MathF.Max(a, 0)) + Square(MathF.Max(b, 0))) + MathF.Min(MathF.Max(a, b), 0) - round;
        });

    /// <summary>A line as thick as twice <paramref name="radius"/> at its start and twice <paramref name="end"/> at its end.</summary>
    public static Outline Segment(float x1, float y1, float x2, float y2, float radius, float? end = null)
    {
        var (dx, dy) = (x2 - x1, y2 - y1);
        var length = (dx * dx) + (dy * dy) + 1e-9f;
        return (x, y) =>
        {
            var (u, v) = (x - x1, y - y1);
            var share = Math.Clamp(((u * dx) + (v * dy)) / length, 0, 1);
            return MathF.Sqrt(Square(u - (share * dx)) + Square(v - (share * dy))) - (radius + (share * ((end ?? radius) - radius)));
        };
    }

    /// <summary>Segments one after the other.</summary>
    public static Outline Path(float radius, float? end, params (float X, float Y)[] points) => Union(
        [.. Enumerable.Range(0, points.Length - 1).Select(i =>
        {
            float Thick(int at) => radius + (((end ?? radius) - radius) * at / (points.Length - 1));
            return Segment(points[i].X, points[i].Y, points[i + 1].X, points[i + 1].Y, Thick(i), Thick(i + 1));
        })]);

    /// <param name="round">Grows it outwards.</param>
    public static Outline Polygon(float round, params (float X, float Y)[] points) => (x, y) =>
    {
        var (nearest, inside) = (float.MaxValue, false);
        for (var i = 0; i < points.Length; i++)
        {
            var ((x1, y1), (x2, y2)) = (points[i], points[(i + 1) % points.Length]);
            var (ex, ey, u, v) = (x2 - x1, y2 - y1, x - x1, y - y1);
            var share = Math.Clamp(((u * ex) + (v * ey)) / ((ex * ex) + (ey * ey) + 1e-9f), 0, 1);
            nearest = MathF.Min(nearest, Square(u - (share * ex)) + Square(v - (share * ey)));
            if (MathF.Abs(ey) > 1e-9f && (y >= y1) != (y >= y2) && u < v * (ex / ey)) inside = !inside;
        }
        return (inside ? -MathF.Sqrt(nearest) : MathF.Sqrt(nearest)) - round;
    };

    public static Outline Star(float cx, float cy, float radius) => Polygon(0,
        [.. Enumerable.Range(0, 10).Select(i =>
        {
            var (far, angle) = (i % 2 == 0 ? radius : radius * 0.45f, (-MathF.PI / 2) + (i * MathF.PI / 5));
            return (cx + (far * MathF.Cos(angle)), cy + (far * MathF.Sin(angle)));
        })]);

    public static Outline Heart(float cx, float cy, float r) => Union(
        Circle(cx - (0.45f * r), cy - (0.25f * r), 0.5f * r), Circle(cx + (0.45f * r), cy - (0.25f * r), 0.5f * r),
        Polygon(0, (cx - (0.9f * r), cy - (0.02f * r)), (cx, cy - (0.35f * r)), (cx + (0.9f * r), cy - (0.02f * r)), (cx, cy + r)));

    public static Outline Union(params Outline[] shapes) => (x, y) =>
    {
        var nearest = shapes[0](x, y);
        for (var i = 1; i < shapes.Length; i++) nearest = MathF.Min(nearest, shapes[i](x, y));
        return nearest;
    };

    /// <summary>What is in both.</summary>
    public static Outline Both(Outline a, Outline b) => (x, y) => MathF.Max(a(x, y), b(x, y));

    /// <summary>The edge alone, so thick on either side.</summary>
    public static Outline Rim(Outline shape, float thick) => (x, y) => MathF.Abs(shape(x, y)) - thick;

    /// <summary>All above a line.</summary>
    public static Outline Above(float line) => (_, y) => y - line;

    /// <summary>All below a line.</summary>
    public static Outline Below(float line) => (_, y) => line - y;

    private static Outline At(float cx, float cy, float turn, Outline shape)
    {
        if (turn == 0) return (x, y) => shape(x - cx, y - cy);
        var (cos, sin) = (MathF.Cos(turn), MathF.Sin(turn));
        return (x, y) => shape((cos * (x - cx)) + (sin * (y - cy)), (cos * (y - cy)) - (sin * (x - cx)));
    }

    private static float Square(float x) => x * x;
}
