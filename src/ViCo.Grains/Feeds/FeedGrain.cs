using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Utilities;
using ViCo.Grains.Clustering;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Feeds;

/// <summary>Keeps a tenant's newest changes and rings for those who follow them.</summary>
[ControlSilos]
internal sealed class FeedGrain(
    [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock, ISiloStatusOracle members, ILogger<FeedGrain> logger)
    : Grain, IFeedGrain, ITenantOwned
{
    private const int Kept = 1_000;

    private static readonly TimeSpan WatchLasts = TimeSpan.FromMinutes(5);

    private readonly ObserverManager<IJobWatcher> _watchers = new(WatchLasts, logger);
    private readonly Queue<TenantChange> _changes = new(Kept);

    // Another activation counts anew: its places are told apart from these.
    private string _life = NewLife();
    private long _newest;
    private HashSet<SiloAddress> _dead = [];

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _dead = Dead();
        return Task.CompletedTask;
    }

    public async Task Publish(IReadOnlyList<TenantChange> changes)
    {
        foreach (var change in changes)
        {
            if (_changes.Count == Kept) _changes.Dequeue();
            _newest++;
            _changes.Enqueue(change with { Time = clock.GetUtcNow(), Position = Position(_newest) });
        }
        await _watchers.Notify(w => w.Grown(this.GetPrimaryKeyString(), _newest, null));
    }

    public Task<ChangePage> Read(string? after, int limit)
    {
        ForgetWhatTheDeadMayNotHaveTold();
        var oldest = _newest - _changes.Count;
        if (NumberOf(after) is not { } seen || seen < oldest || seen > _newest)
        {
            var all = new TenantChange(ChangedThing.All, "", ChangeKind.Changed) { Time = clock.GetUtcNow(), Position = Position(_newest) };
            return Task.FromResult(new ChangePage([all], all.Position));
        }
        TenantChange[] page = [.. _changes.Skip((int)(seen - oldest)).Take(limit)];
        return Task.FromResult(new ChangePage(page, Position(seen + page.Length)));
    }

    public Task Watch(IJobWatcher watcher)
    {
        _watchers.Subscribe(watcher, watcher);
        return Task.CompletedTask;
    }

    public Task Unwatch(IJobWatcher watcher)
    {
        _watchers.Unsubscribe(watcher);
        return Task.CompletedTask;
    }

    /// <summary>
    /// A silo that died may have written a change and not told it: from then on no place of before is known any more, and whoever comes
    /// with one hears that all may have changed.
    /// </summary>
    private void ForgetWhatTheDeadMayNotHaveTold()
    {
        var dead = Dead();
        if (!dead.IsSubsetOf(_dead))
        {
            (_life, _newest) = (NewLife(), 0);
            _changes.Clear();
        }
        _dead = dead;
    }

    private HashSet<SiloAddress> Dead() =>
        [.. members.GetApproximateSiloStatuses().Where(silo => silo.Value == SiloStatus.Dead).Select(silo => silo.Key)];

    private static string NewLife() => Guid.NewGuid().ToString("N")[..12];

    private string Position(long number) => string.Create(CultureInfo.InvariantCulture, $"{_life}.{number}");

    private long? NumberOf(string? position) =>
        position?.Split('.') is [var life, var number] && life == _life
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var found)
            ? found : null;
}
