using System.Numerics;

namespace ViCo.ToyboxWorld;

/// <summary>Paints what is behind an object: one method per place.</summary>
internal sealed class Place(Brush brush, WorldRandom random)
{
    private const int Side = Brush.Side;

    /// <summary>Whether an object in the place throws a shadow on the ground.</summary>
    public static bool HasGround(string place) => place is not ("galaxy" or "water");

    /// <summary>Paints it.</summary>
    /// <param name="backdrop">Colour of a studio.</param>
    /// <exception cref="ArgumentException">There is no such place.</exception>
    public void Paint(string place, string? backdrop)
    {
        switch (place)
        {
            case "beach": Beach(); break;
            case "snow": Snow(); break;
            case "jungle": Jungle(); break;
            case "grass": Grass(random.Whole(70, 110)); break;
            case "sunflowers": Sunflowers(); break;
            case "wooden floor": Wood(); break;
            case "mountain": Mountain(); break;
            case "eiffel": Eiffel(); break;
            case "sunset": Sunset(); break;
            case "galaxy": new Galaxy(brush, random).Paint(); break;
            case "water": Water(); break;
            case "white rug": WhiteRug(); break;
            case "pink fabric": PinkFabric(); break;
            case "city": City(); break;
            case World.Studio: Backdrop(World.Rgb(backdrop ?? "gray") * 255); break;
            default: throw new ArgumentException($"There is no place '{place}'; there are: {string.Join(", ", World.Places.Keys)}.");
        }
    }

    /// <summary>A colour a little off the given one.</summary>
    private Vector3 Near(float r, float g, float b, int spread = 14) => Vector3.Clamp(
        new(r + random.Whole(-spread, spread + 1), g + random.Whole(-spread, spread + 1), b + random.Whole(-spread, spread + 1)),
        Vector3.Zero, new(255));

    private void Clouds(int count, int horizon)
    {
        for (var i = 0; i < count; i++)
        {
            var (x, y, s) = (random.Below(Side), random.Whole(8, Math.Max(10, horizon / 2)), random.Whole(10, 20));
            for (var k = 0; k < 4; k++) brush.Blob(x + ((k - 1.5) * s * 0.8), y - (k % 2 * 5), s * 0.8, s * 0.45, new(255));
        }
    }

    private void Beach()
    {
        var horizon = random.Whole(84, 116);
        brush.Landscape(new(92, 178, 236), new(186, 226, 246), new(236, 212, 152), horizon);
        Clouds(2, horizon);
        var shore = horizon + random.Whole(34, 56);
        brush.Rectangle(0, horizon, Side, shore, Near(34, 140, 196));
        for (var i = 0; i < 10; i++)
        {
            var (x, y) = (random.Below(Side), random.Whole(horizon + 3, shore));
            brush.Line(new(120, 200, 230), 2, (x, y), (x + 26, y));
        }
        brush.Line(new(250, 252, 252), 9, [.. Enumerable.Range(0, 18).Select(i =>
            (i * 16.0, shore + (6 * Math.Sin((i * 16 * 0.05) + random.Uniform(0, 0.4)))))]);
        if (random.Unit() < 0.6) Palm(shore, horizon, random.Of([random.Whole(14, 60), random.Whole(Side - 60, Side - 14)]));
        for (var i = 0; i < 5; i++) brush.Blob(random.Below(Side), random.Whole(shore + 30, Side), 5, 4, Near(250, 232, 214));
    }

    private void Palm(int shore, int horizon, int x)
    {
        brush.Line(new(134, 96, 56), 9, (x, shore + 24), (x + 7, horizon), (x + 4, 40));
        for (var k = 0; k < 7; k++)
        {
            var t = k * 0.9;
            brush.Polygon(new(38, 138, 64), (x + 4, 38), (x + 4 + (44 * Math.Cos(t)), 42 + (26 * Math.Sin(t))),
                (x + 4 + (36 * Math.Cos(t + 0.35)), 42 + (22 * Math.Sin(t + 0.35))));
        }
    }

    private void Snow()
    {
        var horizon = random.Whole(100, 140);
        brush.Landscape(new(150, 180, 212), new(214, 226, 238), new(236, 242, 250), horizon);
        for (var k = 0; k < 2; k++) brush.Blob(random.Below(Side), horizon + 22, 110, 34, Near(226, 234, 246, 4));
        for (var i = 0; i < 6; i++)
        {
            var (x, h) = (random.Below(Side), random.Whole(36, 80));
            for (var k = 0; k < 3; k++)
            {
                var (y, w) = (horizon + 6 - (h * 0.28 * k), h * (0.32 - (0.08 * k)));
                brush.Polygon(new(58, 92, 84), (x - w, y), (x + w, y), (x, y - (h * 0.42)));
                brush.Polygon(new(240, 246, 252), (x - (w * 0.5), y - (h * 0.2)), (x + (w * 0.5), y - (h * 0.2)), (x, y - (h * 0.42)));
            }
        }
        for (var i = 0; i < 70; i++)
        {
            var r = random.Whole(1, 4);
            brush.Blob(random.Below(Side), random.Below(Side), r, r, new(255));
        }
    }

    private void Jungle()
    {
        brush.Gradient(new(24, 66, 34), new(10, 40, 20));
        (float, float, float)[] greens = [(30, 104, 44), (58, 146, 52), (22, 82, 48), (96, 168, 60)];
        for (var i = 0; i < 46; i++)
        {
            var (x, y) = (random.Whole(-10, Side + 10), random.Whole(-10, Side));
            var (length, w, t) = (random.Whole(24, 58), random.Whole(7, 15), random.Uniform(0, 6.28));
            var (ux, uy) = (Math.Cos(t), Math.Sin(t));
            var (r, g, b) = random.Of(greens);
            brush.Polygon(Near(r, g, b), (x, y), (x + (ux * length * 0.4) - (uy * w), y + (uy * length * 0.4) + (ux * w)),
                (x + (ux * length), y + (uy * length)), (x + (ux * length * 0.4) + (uy * w), y + (uy * length * 0.4) - (ux * w)));
            brush.Line(new(14, 60, 26), 2, (x, y), (x + (ux * length * 0.9), y + (uy * length * 0.9)));
        }
        for (var i = 0; i < 3; i++)
        {
            var x = random.Below(Side);
            brush.Line(new(74, 92, 34), 4, (x, 0), (x + random.Whole(-12, 12), random.Whole(90, 200)));
        }
        brush.Rectangle(0, 216, Side, Side, Near(46, 62, 26));
        for (var i = 0; i < 40; i++)
        {
            var x = random.Below(Side);
            brush.Line(Near(66, 150, 54), 3, (x, 222), (x + random.Whole(-8, 8), 222 - random.Whole(8, 30)));
        }
    }

    private void Grass(int horizon)
    {
        brush.Landscape(new(128, 194, 240), new(220, 240, 246), new(98, 176, 70), horizon);
        for (var i = 0; i < 130; i++)
        {
            var (x, y) = (random.Below(Side), random.Whole(horizon, Side));
            brush.Line(Near(80, 158, 56, 18), 2, (x, y), (x + random.Whole(-5, 6), y - random.Whole(6, 15)));
        }
    }

    private void Sunflowers()
    {
        Grass(random.Whole(80, 110));
        for (var k = 0; k < 11; k++)
        {
            var x = random.Of([random.Whole(4, 70), random.Whole(Side - 70, Side - 4), random.Below(Side)]);
            var (y, r) = (60 + (k * 13) + random.Whole(-6, 6), 13 + (k * 0.9));
            brush.Line(new(54, 122, 44), 5, (x, y), (x + 2, y + 46));
            for (var q = 0; q < 10; q++)
            {
                var (across, down) = (r * 0.75 * Math.Cos(q * 0.628), r * 0.75 * Math.Sin(q * 0.628));
                brush.Blob(x + across, y + down, r * 0.42, r * 0.42, new(250, 200, 32));
            }
            brush.Blob(x, y, r * 0.55, r * 0.55, new(104, 62, 26));
        }
    }

    private void Wood()
    {
        brush.Fill((_, _) => new(150, 98, 54));
        var wide = random.Whole(30, 44);
        var board = Near(184, 126, 72, 10);
        for (var x = -random.Below(wide); x < Side; x += wide)
        {
            brush.Rectangle(x, 0, x + wide - 2, Side, Near(board.X, board.Y, board.Z));
            for (var i = 0; i < 3; i++)
            {
                var grain = x + random.Whole(4, wide - 4);
                brush.Line(board * 0.82f, 1, (grain, 0), (grain + random.Whole(-4, 4), Side));
            }
            var y = random.Below(Side);
            brush.Line(new(104, 66, 36), 2, (x, y), (x + wide, y));
        }
    }

    private void WhiteRug()
    {
        Wood();
        brush.Rectangle(0, 0, Side, 70, Near(206, 196, 178, 10));
        brush.Rectangle(0, 64, Side, 72, new(246, 244, 240));
        for (var k = 0; k < 60; k++)
            brush.Blob(128 + (112 * Math.Cos(k * Math.PI / 30)), 184 + (58 * Math.Sin(k * Math.PI / 30)), 9, 8, Near(238, 236, 230, 6));
        brush.Blob(128, 184, 112, 58, new(247, 245, 240));
        for (var i = 0; i < 70; i++)
        {
            var (t, r) = (random.Uniform(0, 6.28), Math.Sqrt(random.Unit()));
            var (x, y) = (128 + (106 * r * Math.Cos(t)), 184 + (54 * r * Math.Sin(t)));
            brush.Line(new(222, 220, 212), 2, (x, y), (x + 4, y + 5));
        }
    }

    private void Mountain()
    {
        var horizon = random.Whole(136, 160);
        brush.Landscape(new(94, 164, 228), new(206, 230, 244), new(110, 168, 84), horizon);
        Clouds(2, horizon);
        for (var k = 0; k < 3; k++)
        {
            var (x, h, w) = (random.Whole(10, Side - 10), random.Whole(80, 128), random.Whole(70, 110));
            var rock = Near(112, 116, 136, 10);
            brush.Polygon(rock, (x - w, horizon), (x, horizon - h), (x + w, horizon));
            brush.Polygon(rock * 0.8f, (x, horizon - h), (x + w, horizon), (x + (w * 0.2), horizon));
            brush.Polygon(new(246, 250, 255), (x - (w * 0.28), horizon - (h * 0.72)), (x, horizon - h),
                (x + (w * 0.28), horizon - (h * 0.72)), (x + (w * 0.1), horizon - (h * 0.8)), (x, horizon - (h * 0.68)),
                (x - (w * 0.12), horizon - (h * 0.8)));
        }
    }

    private void Eiffel()
    {
        var horizon = random.Whole(176, 194);
        brush.Landscape(new(140, 190, 234), new(240, 226, 214), new(124, 170, 96), horizon);
        for (var i = 0; i < 9; i++)
        {
            var r = random.Whole(14, 26);
            brush.Blob(random.Below(Side), horizon, r, r * 0.8, Near(70, 124, 66));
        }
        var x = random.Of([random.Whole(44, 92), random.Whole(Side - 92, Side - 44)]);
        var iron = Near(118, 92, 72, 8);
        var height = random.Whole(160, 176);
        var top = horizon - height;
        foreach (var s in new[] { -1, 1 })
        {
            (double Out, double Down)[] edge = [(0.012, 0), (0.045, 0.42), (0.075, 0.62), (0.13, 0.8), (0.21, 1), (0.12, 1), (0.06, 0.82),
                (0.015, 0.66), (0, 0.4), (0, 0)];
            brush.Polygon(iron, [.. edge.Select(p => (x + (s * height * p.Out), top + (height * p.Down)))]);
        }
        foreach (var (down, w) in new[] { (0.4, 0.07), (0.63, 0.11), (0.8, 0.17) })
            brush.Rectangle(
                x - (height * w), top + (height * down) - 3, x + (height * w), top + (height * down) + 4, iron * 0.8f);
        for (var k = 0; k < 5; k++)
        {
            var y = top + (height * (0.82 + (0.04 * k)));
            foreach (var s in new[] { -1, 1 })
                brush.Line(new(190, 170, 150), 2, (x + (s * height * 0.12), y), (x + (s * height * 0.18), y + 8));
        }
        brush.Line(iron, 3, (x, top - 12), (x, top));
    }

    private void Sunset()
    {
        var horizon = random.Whole(136, 160);
        brush.Fill((_, y) => y < horizon ? Vector3.Lerp(new(92, 52, 130), new(252, 150, 62), y / (float)horizon)
            : Vector3.Lerp(new(226, 112, 70), new(58, 38, 84), (y - horizon) / (float)(Side - horizon)));
        var (x, r) = (random.Whole(40, 216), random.Whole(30, 42));
        for (var band = 0; band < r; band++)
        {
            var half = Math.Sqrt((r * r) - (band * band));
            brush.Rectangle(x - half, horizon - band - 1, x + half, horizon - band, new(255, 232, 130));
        }
        for (var k = 0; k < 5; k++)
        {
            var w = r * (0.9 - (0.13 * k));
            brush.Line(new(255, 206, 120), 4, (x - w, horizon + 6 + (k * 12)), (x + w, horizon + 6 + (k * 12)));
        }
        for (var i = 0; i < 5; i++)
            brush.Blob(random.Below(Side), random.Whole(24, horizon - 40), random.Whole(26, 50), 5, Near(246, 120, 110));
    }

    private void Water()
    {
        brush.Gradient(new(66, 160, 204), new(18, 92, 158));
        for (var i = 0; i < 52; i++)
        {
            var (y, x) = (random.Below(Side), random.Whole(-20, Side));
            var w = 10 + (y * 0.13);
            brush.Arc(x, y, w * 2, w * 0.6, (200, 340), random.Unit() < 0.5 ? Near(140, 210, 234) : Near(28, 112, 176), 3);
        }
    }

    private void PinkFabric()
    {
        var t = random.Uniform(0.4, 1.1);
        var (often, bend, bendOften) = (random.Uniform(16, 24), random.Uniform(0, 6), random.Uniform(4, 7));
        var start = random.Uniform(0, 6);
        brush.Fill((x, y) =>
        {
            double u = x / (double)Side, v = y / (double)Side;
            var (along, across) = ((u * Math.Cos(t)) + (v * Math.Sin(t)), (v * Math.Cos(t)) - (u * Math.Sin(t)));
            var fold = (float)Math.Sin((along * often) + (2.2 * Math.Sin((across * bendOften) + bend)) + start);
            return (new Vector3(246, 150, 190) * (0.86f + (0.14f * fold))) + new Vector3(Math.Clamp(fold - 0.7f, 0, 1) * 60);
        });
    }

    private void City()
    {
        var horizon = random.Whole(140, 165);
        brush.Landscape(new(130, 186, 230), new(222, 234, 240), new(136, 138, 142), horizon);
        Skyline(horizon, (166, 180, 200), (60, 110), windows: false);
        Skyline(horizon, (104, 118, 146), (34, 80), windows: true);
        brush.Rectangle(0, horizon, Side, horizon + 6, new(96, 142, 84));
    }

    private void Skyline(int horizon, (float R, float G, float B) colour, (int Low, int High) heights, bool windows)
    {
        for (var x = -random.Below(10); x < Side;)
        {
            var (w, h) = (random.Whole(18, 36), random.Whole(heights.Low, heights.High));
            brush.Rectangle(x, horizon - h, x + w, horizon, Near(colour.R, colour.G, colour.B, 16));
            for (var y = horizon - h + 6; windows && y < horizon - 4; y += 11)
            {
                for (var left = x + 4; left < x + w - 4; left += 9)
                {
                    if (random.Unit() < 0.75) brush.Rectangle(left, y, left + 4, y + 5, new(232, 226, 180));
                }
            }
            x += w + random.Below(5);
        }
    }

    private void Backdrop(Vector3 colour)
    {
        var pale = (colour * 0.85f) + new Vector3(235 * 0.15f);
        brush.Gradient(pale * 1.05f, pale * 0.8f);
    }
}
