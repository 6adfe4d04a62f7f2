using System.Numerics;
using static ViCo.ToyboxWorld.Outlines;

namespace ViCo.ToyboxWorld;

/// <summary>How each class of object is put together from its parts.</summary>
internal sealed class ObjectShapes(ObjectLayer layer, Identity identity, float tilt)
{
    private static readonly int[] _sides = [-1, 1];

    private readonly IReadOnlyList<float> _p = identity.Shape;
    private readonly Vector3 _c1 = identity.C1, _c2 = identity.C2;

    /// <summary>Paints the object.</summary>
    public void Paint()
    {
        switch (identity.Class)
        {
            case "teddy bear": Teddy(); break;
            case "duck toy": Duck(); break;
            case "monster toy": Monster(); break;
            case "teapot": Teapot(); break;
            case "backpack": Backpack(); break;
            default: Cat(); break;
        }
    }

    private bool HasEmblem => identity.Pattern is "star" or "heart";

    private Surface? Pattern(float scale = 1, (float X, float Y) at = default, float emblem = 0.3f) =>
        Surface.Of(identity, layer.Pixel, scale, at, emblem);

    private void Teddy()
    {
        foreach (var s in _sides)
        {
            layer.Paint(Ellipse(s * 0.46f, 0.82f, 0.2f, 0.17f), _c1);
            layer.Paint(Ellipse(s * 0.48f, 0.84f, 0.11f, 0.09f), _c2, ink: 0.2f);
            layer.Paint(Segment(s * 0.34f, 0.18f, s * (0.62f + (0.05f * tilt * s)), 0.42f - (0.3f * _p[0]), 0.14f), _c1);
        }
        layer.Paint(Ellipse(0, 0.44f, 0.46f + (0.06f * _p[1]), 0.48f), _c1, Pattern(at: (0, 0.46f), emblem: 0.26f));
        if (identity.Pattern == "plain") layer.Paint(Ellipse(0, 0.5f, 0.27f, 0.3f), _c2, ink: 0);
        var (x, y, r) = (0.1f * tilt, -0.34f, 0.43f + (0.04f * _p[2]));
        foreach (var s in _sides)
        {
            layer.Paint(Circle(x + (s * r * 0.82f), y - (r * 0.68f), 0.16f + (0.05f * _p[3])), _c1);
            layer.Paint(Circle(x + (s * r * 0.82f), y - (r * 0.68f), 0.085f + (0.04f * _p[3])), _c2, ink: 0);
        }
        layer.Paint(Ellipse(x, y, r * 1.08f, r * 0.95f), _c1);
        layer.Paint(Ellipse(x, y + 0.16f, 0.2f, 0.16f), _c2, ink: 0.25f);
        layer.Paint(Ellipse(x, y + 0.09f, 0.075f, 0.05f), new(0.08f, 0.05f, 0.05f), ink: 0);
        layer.PaintFlat(Segment(x, y + 0.12f, x, y + 0.2f, 0.014f), new(0.1f, 0.06f, 0.06f));
        foreach (var s in _sides) layer.Button(x + (s * 0.17f), y - 0.07f, 0.055f);
        if (_p[4] <= 0.55f) return;
        foreach (var s in _sides) layer.Paint(Polygon(0.02f, (x, 0.08f), (s * 0.24f, -0.02f), (s * 0.24f, 0.2f)), _c2);
        layer.Paint(Circle(0, 0.08f, 0.06f), _c2);
    }

    private void Duck()
    {
        layer.Paint(Polygon(0.05f, (-0.62f, 0.32f), (-0.95f, -0.1f * _p[0]), (-0.45f, 0.22f)), _c1);
        layer.Paint(
            Union(Ellipse(-0.08f, 0.48f, 0.76f, 0.46f), Ellipse(-0.55f, 0.32f, 0.3f, 0.22f, 0.5f)), _c1, HasEmblem ? null : Pattern());
        var (x, y, r) = (0.34f + (0.05f * tilt), -0.28f, 0.38f + (0.06f * _p[1]));
        layer.Paint(Ellipse(x + r + 0.08f, y + 0.08f, 0.25f, 0.1f + (0.05f * _p[2]), 0.08f), new(0.97f, 0.55f, 0.12f));
        layer.Paint(Ellipse(x + r + 0.04f, y + 0.17f, 0.18f, 0.05f, 0.1f), new(0.85f, 0.42f, 0.08f));
        layer.Paint(Circle(x, y, r), _c1);
        if (_p[3] > 0.5f)
            layer.Paint(Path(0.05f, 0.025f, (x - 0.05f, y - r), (x - 0.14f, y - r - 0.2f), (x - 0.28f, y - r - 0.2f)), _c2);
        layer.Paint(
            Ellipse(-0.2f, 0.46f, 0.4f, 0.25f, -0.18f), identity.Pattern == "plain" ? (_c1 * 0.5f) + (_c2 * 0.5f) : _c1,
            Pattern(1.2f, (-0.2f, 0.46f), 0.2f));
        layer.Eye(x + 0.14f, y - 0.1f, 0.085f, new(0.05f, 0.05f, 0.08f), look: 0.2f);
    }

    private void Monster()
    {
        var w = 0.52f + (0.14f * _p[0]);
        foreach (var s in _sides)
        {
            layer.Paint(_p[1] > 0.5f
                ? Path(0.1f, 0.075f, (s * w * 0.85f, 0.15f), (s * (w + 0.2f), 0.28f + (0.15f * s * tilt)), (s * (w + 0.26f), 0.02f))
                : Path(0.1f, 0.075f, (s * w * 0.85f, 0.1f), (s * (w + 0.22f), 0.38f), (s * (w + 0.2f), 0.55f)), _c1);
            layer.Paint(Ellipse(s * 0.26f, 0.92f, 0.2f, 0.1f), _c2);
            if (_p[2] < 0.4f)
                layer.Paint(Polygon(0.02f, (s * 0.2f, -0.62f), (s * 0.46f, -0.98f), (s * 0.48f, -0.5f)), _c2);
            else if (_p[2] < 0.75f)
            {
                layer.Paint(Segment(s * 0.2f, -0.55f, s * 0.34f, -0.88f, 0.035f), _c2);
                layer.Paint(Circle(s * 0.34f, -0.88f, 0.1f), _c2);
            }
            else layer.Paint(Circle(s * 0.46f, -0.58f, 0.19f), _c2);
        }
        var body = _p[4] > 0.4f ? Box(0, 0.12f, w, 0.8f, 0.34f + (0.16f * _p[3]))
            : Union(Ellipse(0, 0.35f, w * 1.1f, 0.55f), Ellipse(0, -0.15f, w * 0.85f, 0.58f));
        layer.Paint(body, _c1, Pattern(at: (0, 0.55f), emblem: 0.22f));
        MonsterFace(1 + (int)(_p[5] * 2.99f));
    }

    private void MonsterFace(int eyes)
    {
        var look = 0.25f * tilt;
        if (eyes == 1) layer.Eye(0, -0.24f, 0.27f, _c2 * 0.5f, look);
        else
        {
            foreach (var s in _sides) layer.Eye(s * (eyes == 2 ? 0.2f : 0.27f), -0.26f, eyes == 2 ? 0.17f : 0.13f, _c2 * 0.5f, look);
            if (eyes == 3) layer.Eye(0, -0.38f, 0.14f, _c2 * 0.5f, look);
        }
        layer.PaintFlat(Both(Ellipse(0, 0.17f, 0.3f, 0.13f), Below(0.11f)), new(0.35f, 0.05f, 0.1f), 0.8f);
        foreach (var s in _sides)
            layer.PaintFlat(
                Polygon(0, ((s * 0.12f) - 0.06f, 0.11f), ((s * 0.12f) + 0.06f, 0.11f), (s * 0.12f, 0.22f)), new(1, 1, 0.95f));
    }

    private void Teapot()
    {
        var r = 0.54f + (0.06f * _p[0]);
        layer.Paint(Rim(Ellipse(-0.66f, 0.2f, 0.26f, 0.34f), 0.07f), _p[1] > 0.5f ? _c1 : _c2);
        layer.Paint(Path(0.15f, 0.07f, (0.4f, 0.5f), (0.72f, 0.28f), (0.8f, -0.05f), (0.95f, -0.2f)), _c1);
        layer.Paint(Box(0, 0.88f, 0.36f, 0.08f, 0.04f), _c2);
        layer.Paint(Ellipse(0, 0.3f, r * 1.08f, 0.58f - (0.1f * _p[2])), _c1, Pattern(at: (0, 0.3f), emblem: 0.28f), depth: 0.4f);
        layer.Paint(
            Both(Ellipse(0, -0.2f + (0.04f * _p[2]), 0.36f, 0.18f + (0.12f * _p[3])), Above(-0.16f)), _p[4] > 0.5f ? _c2 : _c1);
        layer.Paint(Box(0, -0.18f, 0.38f, 0.045f, 0.04f), _c2);
        layer.Paint(
            _p[5] > 0.5f ? Circle(0, -0.42f - (0.06f * _p[3]), 0.11f) : Ellipse(0, -0.4f - (0.06f * _p[3]), 0.17f, 0.08f), _c2);
    }

    private void Backpack()
    {
        layer.Paint(Rim(Ellipse(0, -0.74f, 0.17f, 0.2f), 0.045f), _c2);
        foreach (var s in _sides)
            layer.Paint(
                Path(0.075f, null, (s * 0.5f, -0.3f), (s * (0.78f + (0.05f * _p[0])), 0.1f), (s * 0.68f, 0.7f)), _c2 * 0.8f);
        var w = 0.58f + (0.08f * _p[1]);
        var body = Box(0, 0.15f, w, 0.82f, 0.32f);
        layer.Paint(body, _c1, HasEmblem ? null : Pattern());
        if (_p[2] > 0.5f)
        {
            layer.Paint(Both(body, Above(-0.08f + (0.1f * _p[3]))), _c2);
            layer.Paint(Box(0, -0.06f, 0.06f, 0.14f, 0.03f), _c2);
        }
        else
        {
            layer.PaintFlat(Path(0.025f, null, (-w * 0.8f, -0.2f), (0, -0.3f), (w * 0.8f, -0.2f)), new(0.9f, 0.8f, 0.4f), 0.2f);
            layer.PaintFlat(Circle(w * 0.6f, -0.2f, 0.055f), new(0.95f, 0.82f, 0.3f), 0.3f);
        }
        layer.Paint(
            Box(0, 0.56f, w * 0.74f, 0.3f, 0.12f), (_c1 * 0.9f) + new Vector3(0.03f), Pattern(at: (0, 0.56f), emblem: 0.2f));
        layer.PaintFlat(Segment(-w * 0.55f, 0.36f, w * 0.55f, 0.36f, 0.022f), _c2);
    }

    private void Cat()
    {
        layer.Paint(
            Path(0.075f, 0.055f, (-0.68f, 0.15f), (-0.9f, -0.05f), (-0.84f, -0.4f), (-0.66f - (0.2f * _p[0]), -0.56f)), _c1);
        CatBody(0.25f + (0.1f * _p[2]));
        var (x, y, r) = (0.42f, -0.26f + (0.05f * tilt), 0.36f);
        layer.Paint(Segment(0.2f, 0.1f, x, y + 0.1f, 0.2f), _c1);
        foreach (var s in _sides)
        {
            layer.Paint(
                Polygon(0.015f, (x + (s * 0.34f), y - 0.05f), (x + (s * 0.31f), y - 0.54f - (0.08f * _p[3])), (x + (s * 0.04f), y - 0.26f)),
                _c1);
            layer.Paint(
                Polygon(0, (x + (s * 0.28f), y - 0.15f), (x + (s * 0.27f), y - 0.42f - (0.08f * _p[3])), (x + (s * 0.1f), y - 0.26f)),
                new(0.95f, 0.66f, 0.7f), ink: 0);
        }
        layer.Paint(Ellipse(x, y, r * 1.08f, r * 0.9f), _c1);
        layer.Paint(Ellipse(x, y + 0.15f, 0.2f, 0.13f), _c2, ink: 0);
        Vector3[] irises = [new(0.3f, 0.75f, 0.3f), new(0.95f, 0.75f, 0.1f), new(0.25f, 0.6f, 0.9f)];
        foreach (var eye in new[] { x - 0.15f, x + 0.16f })
        {
            layer.PaintFlat(Ellipse(eye, y - 0.04f, 0.09f, 0.1f), irises[(int)(_p[4] * 2.99f)], 0.9f);
            layer.PaintFlat(Ellipse(eye, y - 0.04f, 0.035f, 0.085f), new(0.02f, 0.02f, 0.03f));
        }
        layer.Paint(Polygon(0, (x - 0.05f, y + 0.08f), (x + 0.05f, y + 0.08f), (x, y + 0.14f)), new(0.9f, 0.45f, 0.5f), ink: 0.3f);
        var whiskers = _c1.X + _c1.Y + _c1.Z < 1.3f ? new Vector3(0.96f) : new(0.15f);
        foreach (var s in _sides)
        {
            layer.PaintFlat(Segment(x + (s * 0.14f), y + 0.12f, x + (s * 0.46f), y + 0.12f, 0.012f), whiskers);
            layer.PaintFlat(Segment(x + (s * 0.14f), y + 0.2f, x + (s * 0.46f), y + 0.24f, 0.012f), whiskers);
        }
    }

    private void CatBody(float height)
    {
        foreach (var leg in new[] { -0.52f, 0.14f })
            layer.Paint(Segment(leg, 0.35f, leg + (0.05f * tilt), 0.9f, 0.1f), _c1 * 0.7f);
        layer.Paint(
            Union(Ellipse(-0.2f, 0.22f, 0.56f, height), Ellipse(0.12f, 0.18f, 0.3f, height * 1.05f)), _c1,
            Pattern(at: (-0.25f, 0.2f), emblem: 0.22f));
        foreach (var leg in new[] { -0.62f, 0.26f })
        {
            layer.Paint(Segment(leg, 0.35f, leg - (0.04f * tilt), 0.9f, 0.105f), _c1);
            layer.Paint(Ellipse(leg + 0.05f, 0.93f, 0.14f, 0.07f), _p[1] > 0.5f ? _c2 : _c1);
        }
    }
}
