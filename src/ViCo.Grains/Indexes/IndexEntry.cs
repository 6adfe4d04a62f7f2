using System.Text.Json.Serialization;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Indexes;

/// <param name="At">When it was made: places the entry.</param>
/// <param name="Kind">Of a job: <c>training</c> or <c>sampling</c>.</param>
/// <param name="User">The front-end's own user it was made for, or null.</param>
/// <param name="Job">Of a job that has ended: how it ended. Null: ask.</param>
[GenerateSerializer, Immutable, Alias("vico.index-entry")]
public sealed record IndexEntry(
    [property: Id(0)] DateTimeOffset At, [property: Id(1)] string Id, [property: Id(2)] string? Concept = null,
    [property: Id(3)] string? Kind = null,
    [property: Id(4)] string? User = null, [property: Id(5)] IReadOnlyList<string>? Tags = null, [property: Id(6)] JobView? Job = null)
{
    /// <summary>Of a concept in a page: as it stands now; null: it is not there.</summary>
    [Id(7), JsonIgnore] public ConceptView? View { get; init; }

    /// <summary>Of something in a page whose record does not read: the blob's name.</summary>
    [Id(8), JsonIgnore] public string? Damaged { get; init; }

    /// <summary>The cursor of what comes after it.</summary>
    public string Cursor() => IndexKey.Of(this).ToString();
}
