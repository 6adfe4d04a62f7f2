namespace ViCo.Grains.Fleet;

/// <summary>What was said of silos. Who is not in it is active.</summary>
internal sealed record FleetRecord
{
    public IReadOnlyDictionary<string, ToldState> Silos { get; init; } = new Dictionary<string, ToldState>();
}
