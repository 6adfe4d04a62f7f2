using Orleans.Concurrency;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Feeds;

/// <summary>What changed for a tenant, so that nobody has to poll. Key: the tenant.</summary>
/// <remarks>
/// It lives in memory; the lists are the truth. Nothing is missed all the same: who changes something tells it until it is heard
/// (<see cref="FeedVoice"/>), and whoever comes back with a place that is not known any more (this or another silo died, or too much has
/// happened since) is told that all may have changed.
/// </remarks>
[Alias("vico.IFeedGrain")]
public interface IFeedGrain : IGrainWithStringKey
{
    /// <summary>Adds changes. Repeated, they are told twice.</summary>
    [Alias("Publish"), Needs(Grants.None)] Task Publish(IReadOnlyList<TenantChange> changes);

    /// <summary>
    /// What came after a place, oldest first. Null, or a place that is not known any more: one change that stands for all.
    /// </summary>
    /// <param name="after"><see cref="TenantChange.Position"/> of the last change seen.</param>
    [Alias("Read"), Needs(Grants.JobsRead), AlwaysInterleave] Task<ChangePage> Read(string? after, int limit);

    /// <summary>Asks to be told, under the tenant's name, when there is more; forgotten unless repeated within five minutes.</summary>
    [Alias("Watch"), Needs(Grants.JobsRead), AlwaysInterleave] Task Watch(IJobWatcher watcher);

    /// <summary>Stops telling <paramref name="watcher"/>.</summary>
    [Alias("Unwatch"), Needs(Grants.JobsRead), AlwaysInterleave] Task Unwatch(IJobWatcher watcher);
}
