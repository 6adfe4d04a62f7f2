using ViCo.Grains.Jobs;

namespace ViCo.Grains.Indexes;

/// <summary>What to list. A condition that is null asks for nothing.</summary>
/// <param name="Cursor">Where the page before ended; null: from the newest.</param>
[GenerateSerializer, Immutable, Alias("vico.index-query")]
public sealed record IndexQuery([property: Id(0)] int Limit, [property: Id(1)] string? Cursor = null)
{
    /// <summary>Of jobs: <c>training</c> or <c>sampling</c>.</summary>
    [Id(2)] public string? Kind { get; init; }

    /// <summary>Of jobs: where they stand.</summary>
    [Id(3)] public IReadOnlyList<JobState>? States { get; init; }

    /// <summary>For whom they were made.</summary>
    [Id(4)] public string? User { get; init; }

    /// <summary>Made then or later.</summary>
    [Id(5)] public DateTimeOffset? Since { get; init; }

    /// <summary>Of concepts: a tag.</summary>
    [Id(6)] public string? Tag { get; init; }
}
