using ViCo.Grains.Concepts;

namespace ViCo.Grains.Indexes;

/// <param name="Entries">Of jobs all with <see cref="IndexEntry.Job"/>, as it stands now, or with <see cref="IndexEntry.Damaged"/>.</param>
/// <param name="Next">The next page's cursor; null: there is no more. A page may be short, even empty, and have a next one: what few
/// entries match is looked for so far and no further at a time.</param>
[GenerateSerializer, Immutable, Alias("vico.index-page")]
public sealed record IndexPage([property: Id(0)] IReadOnlyList<IndexEntry> Entries, [property: Id(1)] string? Next)
{
    /// <summary>Parts of the index that do not read: what they list is missing here.</summary>
    [Id(2)] public IReadOnlyList<string> Damaged { get; init; } = [];

    /// <summary>Of a page of concepts: those that are there, as they stand now.</summary>
    /// <remarks>An entry whose first try was lost has another time than its concept, which has an entry of its own.</remarks>
    public IEnumerable<ConceptView> Concepts =>
        Entries.Where(entry => entry.View?.Created == entry.At).Select(entry => entry.View!);
}
