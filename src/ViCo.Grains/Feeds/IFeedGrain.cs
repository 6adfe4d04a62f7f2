using Orleans.Concurrency;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Feeds;

/// <summary>What changed of a tenant, so that nobody has to ask again and again. Key: the tenant.</summary>
/// <remarks>
/// A hint and not a record: it lives in memory, and the lists are the truth. Whoever comes back with a place that is not known any more
/// (the silo died, or too much has happened since) is told that all may have changed.
/// </remarks>
[Alias("vico.IFeedGrain")]
public interface IFeedGrain : IGrainWithStringKey
{
    /// <summary>Adds changes. Nobody waits for it, and a lost call loses a hint.</summary>
    [Alias("Publish"), OneWay] Task Publish(IReadOnlyList<TenantChange> changes);

    /// <summary>
    /// What came after a place, oldest first. Null, or a place that is not known any more: one change that stands for all.
    /// </summary>
    /// <param name="after"><see cref="TenantChange.Position"/> of the last change seen.</param>
    [Alias("Read"), AlwaysInterleave] Task<ChangePage> Read(string? after, int limit);

    /// <summary>Asks to be told, under the tenant's name, when there is more; forgotten unless repeated within five minutes.</summary>
    [Alias("Watch"), AlwaysInterleave] Task Watch(IJobWatcher watcher);

    /// <summary>Stops telling <paramref name="watcher"/>.</summary>
    [Alias("Unwatch"), AlwaysInterleave] Task Unwatch(IJobWatcher watcher);
}
