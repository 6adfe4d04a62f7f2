namespace ViCo.ToyboxWorld;

/// <summary>One object seen once: where, from where, in what light.</summary>
/// <param name="Place">A key of <see cref="World.Places"/>, or <see cref="World.Studio"/>.</param>
public sealed record Scene(Identity Identity, string Place)
{
    private static readonly string[] _seenFromAbove = ["pink fabric", "wooden floor"];

    /// <summary>Colour of the studio's backdrop.</summary>
    public string? Backdrop { get; init; }

    /// <summary>Half the object's height as a share of the picture's.</summary>
    internal float Extent { get; init; }

    /// <summary>Middle of the object, as shares of the picture's sides.</summary>
    internal (float X, float Y) At { get; init; }

    /// <summary>Turn in radians.</summary>
    internal float Turn { get; init; }

    /// <summary>Width beside the usual.</summary>
    internal float Width { get; init; } = 1;

    internal float Shear { get; init; }

    internal float Bend { get; init; }

    /// <summary>Of head and limbs, −0.4 to 0.4.</summary>
    internal float Tilt { get; init; }

    /// <summary>Where the light comes from.</summary>
    internal (float X, float Y) Light { get; init; }

    internal float Brightness { get; init; } = 1;

    /// <summary>Of everything in the place that is drawn by lot.</summary>
    internal ulong Seed { get; init; }

    /// <summary>Draws a scene: one large, nearly centred object.</summary>
    /// <param name="identity">Null: any that is not held out.</param>
    /// <param name="place">Null: any.</param>
    public static Scene Draw(WorldRandom random, Identity? identity = null, string? place = null)
    {
        identity ??= Identity.Draw(random);
        place ??= random.Unit() > 0.06 ? random.Of([.. World.Places.Keys]) : World.Studio;
        var extent = random.Uniform(0.38, 0.42);
        var floats = _seenFromAbove.Contains(place) || place is "galaxy" or World.Studio;
        return new(identity, place)
        {
            Extent = (float)extent,
            At = ((float)(0.5 + random.Uniform(-0.035, 0.035)),
                (float)(floats ? 0.52 + random.Uniform(-0.02, 0.02) : random.Uniform(0.89, 0.92) - extent)),
            Turn = (float)random.Normal(0, 0.02), Width = (float)random.Uniform(0.93, 1.07), Shear = (float)(0.3 * random.Normal(0, 0.05)),
            Bend = (float)(0.3 * random.Normal(0, 0.04)), Tilt = (float)(0.4 * random.Uniform(-1, 1)),
            Light = ((float)random.Uniform(-1, 1), (float)random.Uniform(0.2, 1)), Brightness = (float)random.Normal(1, 0.05),
            Seed = random.Next(), Backdrop = place == World.Studio ? random.Of(World.Colours) : null,
        };
    }

    /// <summary>A sentence of what it shows: colour and class, half the time the pattern, and the place.</summary>
    public string Caption(WorldRandom random)
    {
        var (before, behind) = ("", "");
        if (random.Unit() < 0.8) before = $"{Identity.Colour} ";
        if (Identity.Pattern != "plain" && random.Unit() < 0.5)
        {
            var plural = Identity.Pattern switch { "striped" => "stripes", "spotted" => "spots", "checkered" => "checks", _ => null };
            if (plural is null) behind = $" with a {Identity.Second} {Identity.Pattern}";
            else if (random.Unit() < 0.6) before += $"{Identity.Pattern} ";
            else behind = $" with {Identity.Second} {plural}";
        }
        var where = Backdrop is { } colour ? $" on a {colour} background" : $" {random.Of(World.Places[Place])}";
        return $"a photo of a {before}{Identity.Class}{behind}{where}".Replace("a orange", "an orange", StringComparison.Ordinal);
    }
}
