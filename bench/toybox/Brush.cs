using System.Numerics;

namespace ViCo.ToyboxWorld;

/// <summary>A place while it is painted, at twice the picture's size: colours 0 to 255, hard edges.</summary>
internal sealed class Brush
{
    /// <summary>Side in pixels.</summary>
    public const int Side = 2 * World.Side;

    private readonly Vector3[] _pixels = new Vector3[Side * Side];

    /// <summary>Every pixel by its place.</summary>
    public void Fill(Func<int, int, Vector3> colour)
    {
        for (var y = 0; y < Side; y++)
        {
            for (var x = 0; x < Side; x++) _pixels[(y * Side) + x] = Vector3.Clamp(colour(x, y), Vector3.Zero, new(255));
        }
    }

    /// <summary>From one colour at the top to another at the bottom.</summary>
    public void Gradient(Vector3 top, Vector3 bottom) => Fill((_, y) => Vector3.Lerp(top, bottom, y / (float)Side));

    /// <summary>A sky above the horizon and ground below it, brighter towards the front.</summary>
    public void Landscape(Vector3 top, Vector3 bottom, Vector3 ground, int horizon) => Fill((_, y) => y < horizon
        ? Vector3.Lerp(top, bottom, y / (float)horizon)
        : ground * (0.82f + (0.25f * (y - horizon) / Math.Max(1, Side - 1 - horizon))));

    /// <summary>An ellipse by its middle and half axes.</summary>
    public void Blob(double x, double y, double halfWidth, double halfHeight, Vector3 colour) =>
        Each(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight, colour, (px, py) =>
            Square((px - x) / halfWidth) + Square((py - y) / halfHeight) <= 1);

    public void Rectangle(double left, double top, double right, double bottom, Vector3 colour) =>
        Each(left, top, right, bottom, colour, (px, py) => px >= left && px <= right && py >= top && py <= bottom);

    public void Polygon(Vector3 colour, params (double X, double Y)[] points) => Each(
        points.Min(p => p.X), points.Min(p => p.Y), points.Max(p => p.X), points.Max(p => p.Y), colour, (px, py) =>
        {
            var inside = false;
            for (int i = 0, j = points.Length - 1; i < points.Length; j = i++)
            {
                var (a, b) = (points[i], points[j]);
                if (a.Y > py != b.Y > py && px < ((b.X - a.X) * (py - a.Y) / (b.Y - a.Y)) + a.X) inside = !inside;
            }
            return inside;
        });

    /// <summary>A line through points, so many pixels thick.</summary>
    public void Line(Vector3 colour, double thick, params (double X, double Y)[] points)
    {
        for (var i = 0; i + 1 < points.Length; i++)
        {
            var ((x1, y1), (x2, y2)) = (points[i], points[i + 1]);
            var (dx, dy, half) = (x2 - x1, y2 - y1, thick / 2);
            var length = (dx * dx) + (dy * dy) + 1e-9;
            Each(Math.Min(x1, x2) - half, Math.Min(y1, y2) - half, Math.Max(x1, x2) + half, Math.Max(y1, y2) + half, colour, (px, py) =>
            {
                var share = Math.Clamp((((px - x1) * dx) + ((py - y1) * dy)) / length, 0, 1);
                return Square(px - x1 - (share * dx)) + Square(py - y1 - (share * dy)) <= half * half;
            });
        }
    }

    /// <summary>The part of an ellipse's edge between two angles, clockwise from the right, in degrees.</summary>
    public void Arc(double left, double top, double width, double height, (double From, double To) angles, Vector3 colour, double thick)
    {
        var (x, y, rx, ry) = (left + (width / 2), top + (height / 2), width / 2, height / 2);
        Each(left, top, left + width, top + height, colour, (px, py) =>
        {
            if (Square((px - x) / rx) + Square((py - y) / ry) > 1) return false;
            if (rx > thick && ry > thick && Square((px - x) / (rx - thick)) + Square((py - y) / (ry - thick)) < 1) return false;
            var angle = Math.Atan2((py - y) / ry, (px - x) / rx) * 180 / Math.PI;
            if (angle < 0) angle += 360;
            return angle >= angles.From && angle <= angles.To;
        });
    }

    /// <summary>At the picture's size, 0 to 1: the mean of each four pixels.</summary>
    public Vector3[] Reduced()
    {
        var small = new Vector3[World.Side * World.Side];
        for (var y = 0; y < World.Side; y++)
        {
            for (var x = 0; x < World.Side; x++)
            {
                var at = (2 * y * Side) + (2 * x);
                small[(y * World.Side) + x] = (_pixels[at] + _pixels[at + 1] + _pixels[at + Side] + _pixels[at + Side + 1]) / (4 * 255);
            }
        }
        return small;
    }

    private void Each(double left, double top, double right, double bottom, Vector3 colour, Func<double, double, bool> covers)
    {
        var (x0, x1) = (Math.Max(0, (int)Math.Floor(left)), Math.Min(Side - 1, (int)Math.Ceiling(right)));
        var (y0, y1) = (Math.Max(0, (int)Math.Floor(top)), Math.Min(Side - 1, (int)Math.Ceiling(bottom)));
        for (var y = y0; y <= y1; y++)
        {
            for (var x = x0; x <= x1; x++)
            {
                if (covers(x, y)) _pixels[(y * Side) + x] = colour;
            }
        }
    }

    private static double Square(double x) => x * x;
}
