using Orleans.Concurrency;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Indexes;

/// <summary>
/// What there is, newest first, at the cost of a page and not of the history. Key: made by
/// <see cref="IndexKeys"/>. Every command may be repeated.
/// </summary>
/// <remarks>
/// An entry names a thing; a job that has ended stands in its entry with all its fields. What has not ended is asked, so that an index
/// is never ahead of the truth and may lag behind it only in cost.
/// </remarks>
[Alias("vico.IIndexGrain")]
public interface IIndexGrain : IGrainWithStringKey
{
    /// <summary>Adds an entry, or replaces the one of the same time and id.</summary>
    [Alias("Put"), Needs(Grants.None)] Task Put(IndexEntry entry);

    /// <summary>Removes the entry of this time and id.</summary>
    [Alias("Remove"), Needs(Grants.None)] Task Remove(DateTimeOffset at, string id);

    /// <summary>The entries that a query asks for, newest first.</summary>
    /// <exception cref="ArgumentException">The cursor is none that this index gave out.</exception>
    [Alias("Read"), Needs(Grants.AnyWork | Grants.UsageRead), AlwaysInterleave] Task<IndexPage> Read(IndexQuery query);

    /// <summary>Bytes that the jobs listed here keep: their pictures, previews and resume points.</summary>
    [Alias("GetStoredBytes"), Needs(Grants.UsageRead), AlwaysInterleave] Task<long> GetStoredBytes();

    /// <summary>The jobs listed here, and those that were and are deleted, that wait, run, or used something on a day.</summary>
    [Alias("GetUses"), Needs(Grants.UsageRead), AlwaysInterleave] Task<IReadOnlyList<JobUse>> GetUses(DateOnly day);

    /// <summary>What those jobs used from one day to another, summed.</summary>
    [Alias("GetUsage"), Needs(Grants.UsageRead), AlwaysInterleave] Task<IReadOnlyList<UseRow>> GetUsage(DateOnly since, DateOnly until);

    /// <summary>Forgets all of it: what it lists is deleted.</summary>
    [Alias("Drop"), Needs(Grants.None)] Task Drop();
}
