using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Feeds;

namespace ViCo.Gateway.Feeds;

/// <summary>Reads a tenant's feed for everybody: GET, SSE and hub deliver what this class reads.</summary>
internal sealed class ChangeReader(JobHints hints, TimeProvider clock, IOptions<GatewayOptions> options)
{
    private const int PageSize = 256;

    // A hint wakes at once; a lost one costs so many times what it costs to follow a job.
    private const int Patience = 5;

    /// <summary>Every change after a place, as it happens, without an end; a change of all where that place is not known.</summary>
    public async IAsyncEnumerable<TenantChange> FollowAsync(CurrentTenant tenant, string? after,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var hint = hints.Follow(tenant.Id.Value);
        try
        {
            while (true)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var bell = hint.Bell;
                if (await TryReadAsync(hint, tenant, after) is { Changes.Count: > 0 } page)
                {
                    foreach (var change in page.Changes) yield return change;
                    after = page.Last;
                    continue;
                }
                await bell.Rung.WaitAsync(Patience * options.Value.Poll, clock, cancellationToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        finally
        {
            await LeaveAsync(hint, tenant);
        }
    }

    /// <summary>Null while the feed's silo moves or is restarted: the next turn asks again, and hears that all may have changed.</summary>
    private async Task<ChangePage?> TryReadAsync(JobHint hint, CurrentTenant tenant, string? after)
    {
        try
        {
            await hints.KeepWatchAsync(hint, watcher => tenant.Feed().Watch(watcher));
            var page = await tenant.Feed().Read(after, PageSize);
            // Another life of the feed knows no watchers.
            if (page.Changes is [{ What: ChangedThing.All }]) hint.Watched = default;
            return page;
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            hint.Watched = default;
            return null;
        }
    }

    private async Task LeaveAsync(JobHint hint, CurrentTenant tenant)
    {
        try
        {
            await hints.LeaveAsync(hint, watcher => tenant.Feed().Unwatch(watcher));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // The feed forgets us by itself within five minutes.
        }
    }
}
