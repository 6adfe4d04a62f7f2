using System.Numerics;

namespace ViCo.ToyboxWorld;

/// <summary>A spiral of light before stars.</summary>
internal sealed class Galaxy(Brush brush, WorldRandom random)
{
    public void Paint()
    {
        var (cx, cy, tilt) = (random.Uniform(60, 196), random.Uniform(50, 150), random.Uniform(0, 3.1));
        var (cos, sin) = (Math.Cos(tilt), Math.Sin(tilt));
        var dust = Grain.Piece(random);
        brush.Fill((x, y) =>
        {
            var (dx, dy) = (x - cx, y - cy);
            var (u, v) = ((dx * cos) + (dy * sin), ((dy * cos) - (dx * sin)) * 1.7);
            var r = Math.Sqrt((u * u) + (v * v)) + 1e-3;
            var arm = Math.Cos((2 * Math.Atan2(v, u)) - (4.2 * Math.Log(r / 20)));
            var light = (float)(Math.Exp(-r / 62) * Math.Clamp(0.45 + (0.55 * arm), 0, 1));
            return new Vector3(14, 8, 34) + (new Vector3(190, 110, 235) * light)
                + (new Vector3(34, 26, 80) * (Math.Clamp(dust[(y / 2 * World.Side) + (x / 2)], 0, 2.5f) * 0.5f))
                + (new Vector3(255, 230, 190) * (float)Math.Exp(-(r / 16) * (r / 16)));
        });
        for (var i = 0; i < 90; i++)
        {
            var (x, y, large) = (random.Below(Brush.Side), random.Below(Brush.Side), random.Unit() < 0.2 ? 1 : 0);
            var white = new Vector3(240, 236, 255) + new Vector3(random.Whole(-14, 15), random.Whole(-14, 15), random.Whole(-14, 15));
            brush.Rectangle(x, y, x + 1 + large, y + 1 + large, Vector3.Clamp(white, Vector3.Zero, new(255)));
        }
    }
}
