using ViCo.Grains.Jobs;

namespace ViCo.Grains.Feeds;

/// <param name="Id">Of the thing; empty where <paramref name="What"/> is all.</param>
/// <param name="Concept">The concept it belongs to, or is.</param>
[GenerateSerializer, Immutable, Alias("vico.change")]
public sealed record TenantChange(
    [property: Id(0)] ChangedThing What, [property: Id(1)] string Id, [property: Id(2)] ChangeKind How,
    [property: Id(3)] string? Concept = null)
{
    /// <summary>Of a job: where it stands.</summary>
    [Id(4)] public JobState? State { get; init; }

    /// <summary>Of a job: the last step done. Told every few seconds and not at every step.</summary>
    [Id(5)] public int? Step { get; init; }

    /// <summary>Of a job: how many there are, once that is known.</summary>
    [Id(6)] public int? Steps { get; init; }

    /// <summary>When it was told of.</summary>
    [Id(7)] public DateTimeOffset Time { get; init; }

    /// <summary>Its place in the feed: go on after it.</summary>
    [Id(8)] public string Position { get; init; } = "";
}
