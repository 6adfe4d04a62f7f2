using System.Numerics;

namespace ViCo.ToyboxWorld;

/// <summary>One object, in all its views the same.</summary>
/// <param name="Class">One of <see cref="World.Classes"/>.</param>
/// <param name="Colour">Of its body.</param>
/// <param name="Second">Of its pattern and its parts.</param>
/// <param name="Pattern">One of <see cref="World.Patterns"/>.</param>
public sealed record Identity(string Class, string Colour, string Second, string Pattern)
{
    private static readonly Dictionary<string, string[]> _natural = new()
    {
        ["cat"] = ["black", "brown", "orange", "gray", "white"], ["duck toy"] = ["yellow", "yellow", "white"],
        ["teddy bear"] = ["brown", "brown", "white", "pink"],
    };

    /// <summary>The body's colour in this object, a little off the word's.</summary>
    internal Vector3 C1 { get; init; }

    /// <summary>The second colour in this object.</summary>
    internal Vector3 C2 { get; init; }

    /// <summary>How often the pattern repeats.</summary>
    internal float Frequency { get; init; }

    /// <summary>Of stripes, in radians.</summary>
    internal float Angle { get; init; }

    /// <summary>Eight numbers from 0.15 to 0.85 that shape it.</summary>
    internal IReadOnlyList<float> Shape { get; init; } = [];

    /// <summary>Draws an object.</summary>
    /// <param name="objectClass">Null: any.</param>
    /// <param name="heldOut">Whether its combination is one of those that no training sees.</param>
    public static Identity Draw(WorldRandom random, string? objectClass = null, bool heldOut = false)
    {
        objectClass ??= random.Of(World.Classes);
        while (true)
        {
            var first = random.Of(World.Colours);
            if (!heldOut && _natural.TryGetValue(objectClass, out var natural) && random.Unit() < 0.5) first = random.Of(natural);
            var second = random.Of(World.Colours);
            var pattern = random.Unit() < (heldOut ? 0.08 : 0.42) ? "plain" : World.Patterns[1 + random.Below(5)];
            var apart = Vector3.Abs(World.Rgb(first) - World.Rgb(second));
            if (first == second || apart.X + apart.Y + apart.Z < 0.55f) continue;
            if (World.IsHeldOut(objectClass, first, second, pattern) != heldOut) continue;

            var identity = new Identity(objectClass, first, second, pattern)
            {
                C1 = Near(random, first), C2 = Near(random, second), Frequency = (float)random.Uniform(2.3, 3.8),
                Angle = (float)(random.Of([0, Math.PI / 2, Math.PI / 4]) + random.Uniform(-0.1, 0.1)),
                Shape = [.. Enumerable.Range(0, 8).Select(_ => (float)(0.5 + (0.7 * (random.Unit() - 0.5))))],
            };
            // More of what is trained on is plain; what is held out stays what it was chosen for.
            return !heldOut && random.Unit() < 0.3 && !World.IsHeldOut(objectClass, first, second, "plain")
                ? identity with { Pattern = "plain" } : identity;
        }
    }

    private static Vector3 Near(WorldRandom random, string colour)
    {
        var brighter = World.Rgb(colour) * (float)random.Uniform(0.93, 1.07);
        return Vector3.Clamp(brighter + new Vector3(Little(), Little(), Little()), new(0.03f), Vector3.One);

        float Little() => (float)random.Uniform(-0.03, 0.03);
    }
}
