using Orleans.Concurrency;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Indexes;

/// <summary>What there is, newest first, at the cost of a page and not of the history. Key: made by <see cref="IndexKeys"/>. Every command may be repeated.</summary>
/// <remarks>
/// An entry names a thing; a job that has ended stands in its entry with all its fields. What has not ended is asked, so that an index
/// is never ahead of the truth and may lag behind it only in cost.
/// </remarks>
[Alias("vico.IIndexGrain")]
public interface IIndexGrain : IGrainWithStringKey
{
    /// <summary>Adds an entry, or replaces the one of the same time and id.</summary>
    [Alias("Put")] Task Put(IndexEntry entry);

    /// <summary>Removes the entry of this time and id.</summary>
    [Alias("Remove")] Task Remove(DateTimeOffset at, string id);

    /// <summary>The entries that a query asks for, newest first.</summary>
    /// <exception cref="ArgumentException">The cursor is none that this index gave out.</exception>
    [Alias("Read"), AlwaysInterleave] Task<IndexPage> Read(IndexQuery query);

    /// <summary>Bytes that the jobs listed here keep: their pictures, previews and resume points.</summary>
    [Alias("GetStoredBytes"), AlwaysInterleave] Task<long> GetStoredBytes();

    /// <summary>Forgets all of it: what it lists is deleted.</summary>
    [Alias("Drop")] Task Drop();
}

/// <summary>The keys of a tenant's indexes.</summary>
public static class IndexKeys
{
    internal const string ConceptList = "concepts", JobList = "jobs";

    /// <summary>The tenant's concepts.</summary>
    public static string Concepts(TenantId tenant) => tenant.Key(ConceptList);

    /// <summary>The tenant's jobs.</summary>
    public static string Jobs(TenantId tenant) => tenant.Key(JobList);

    /// <summary>The jobs of one concept.</summary>
    public static string Jobs(TenantId tenant, string conceptId) => tenant.Key($"{JobList}/{conceptId}");
}

/// <param name="At">When it was made: places the entry.</param>
/// <param name="Kind">Of a job: <c>training</c> or <c>sampling</c>.</param>
/// <param name="User">The front-end's own user it was made for, or null.</param>
/// <param name="Job">Of a job that has ended: how it ended. Null: ask.</param>
[GenerateSerializer, Immutable, Alias("vico.index-entry")]
public sealed record IndexEntry(
    [property: Id(0)] DateTimeOffset At, [property: Id(1)] string Id, [property: Id(2)] string? Concept = null, [property: Id(3)] string? Kind = null,
    [property: Id(4)] string? User = null, [property: Id(5)] IReadOnlyList<string>? Tags = null, [property: Id(6)] JobView? Job = null)
{
    /// <summary>The cursor of what comes after it.</summary>
    public string Cursor() => IndexKey.Of(this).ToString();
}

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

/// <param name="Entries">Of jobs all with <see cref="IndexEntry.Job"/>, as it stands now.</param>
/// <param name="Next">The next page's cursor; null: there is no more. A page may be short, even empty, and have a next one: what few entries match is looked for so far and no further at a time.</param>
[GenerateSerializer, Immutable, Alias("vico.index-page")]
public sealed record IndexPage([property: Id(0)] IReadOnlyList<IndexEntry> Entries, [property: Id(1)] string? Next);
