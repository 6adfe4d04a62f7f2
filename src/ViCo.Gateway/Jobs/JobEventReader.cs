using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Orleans.Runtime;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <summary>Reads a job's log for everybody: GET, SSE and hub deliver what this class reads, so they cannot disagree.</summary>
/// <remarks>Pull, page by page: a slow consumer holds one page in memory, never a growing buffer.</remarks>
internal sealed class JobEventReader(JobHints hints, TimeProvider clock, IOptions<GatewayOptions> options)
{
    private const int PageSize = 256;

    /// <summary>One page of durable events with <c>Seq &gt; afterSeq</c>.</summary>
    /// <exception cref="InvalidDataException">The log has a gap: better no answer than a wrong one.</exception>
    public static async Task<EventPage> ReadAsync(CurrentTenant tenant, string jobId, long afterSeq, int limit)
    {
        var page = await tenant.Job(jobId).ReadEvents(afterSeq, limit);
        for (var i = 0; i < page.Events.Count; i++)
        {
            if (page.Events[i].Seq != afterSeq + 1 + i)
                throw new InvalidDataException($"Job '{jobId}' answered event {page.Events[i].Seq} where {afterSeq + 1 + i} was wanted.");
        }
        return page;
    }

    /// <summary>Every event after <paramref name="afterSeq"/>, as it becomes durable, until the job has ended.</summary>
    public async IAsyncEnumerable<JobEvent> FollowAsync(
        CurrentTenant tenant, string jobId, long afterSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var hint = hints.Follow(tenant.Id.Key(jobId));
        try
        {
            while (true)
            {
                var bell = hint.Bell;
                var after = afterSeq;
                var page = await bell.ReadAsync(after, () => TryReadAsync(hint, tenant, jobId, after));
                if (page is not null)
                {
                    if (page.LastSeq == 0) yield break;     // every job's log has a first event: this one was deleted meanwhile
                    hint.Saw(page.LastSeq);
                    foreach (var one in page.Events)
                    {
                        cancellationToken.ThrowIfCancellationRequested();
                        yield return one;
                        afterSeq = one.Seq;
                    }
                    if (page.Ended && afterSeq >= page.LastSeq) yield break;
                    if (afterSeq < page.LastSeq) continue;
                }
                await WaitAsync(hint, bell, cancellationToken);
            }
        }
        finally
        {
            await LeaveAsync(hint, tenant, jobId);
        }
    }

    /// <summary>The job when it has ended, or as it stands after <paramref name="patience"/>; null: there is none.</summary>
    public async Task<JobView?> EndAsync(CurrentTenant tenant, string jobId, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (await tenant.Job(jobId).Get() is not { Ended: null } job) return await tenant.Job(jobId).Get();
        using var over = new CancellationTokenSource(patience, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, over.Token);
        try
        {
            await foreach (var _ in FollowAsync(tenant, jobId, job.LastSeq, stop.Token))
            {
                // Only its end counts.
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It goes on.
        }
        return await tenant.Job(jobId).Get();
    }

    /// <summary>The newest preview whenever there is a newer one, until the job has ended. Lossy: who is slow skips.</summary>
    public async IAsyncEnumerable<Preview> FollowPreviewsAsync(
        CurrentTenant tenant, string jobId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var hint = hints.Follow(tenant.Id.Key(jobId));
        try
        {
            var shown = 0;
            while (true)
            {
                var bell = hint.Bell;
                var ended = await tenant.Job(jobId).Get() is not { Ended: null };
                if (await tenant.Job(jobId).GetPreview() is { } preview && preview.Step != shown)
                {
                    yield return preview;
                    shown = preview.Step;
                }
                if (ended) yield break;
                await WaitAsync(hint, bell, cancellationToken);
            }
        }
        finally
        {
            await LeaveAsync(hint, tenant, jobId);
        }
    }

    /// <summary>Null while the job's silo moves or is restarted: the place in the log is kept, the next turn asks again.</summary>
    private async Task<EventPage?> TryReadAsync(JobHint hint, CurrentTenant tenant, string jobId, long afterSeq)
    {
        try
        {
            await hints.KeepWatchAsync(hint, watcher => tenant.Job(jobId).Watch(watcher));
            return await ReadAsync(tenant, jobId, afterSeq, PageSize);
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            hint.Watched = default;                     // a new activation knows no watchers
            return null;
        }
    }

    private async Task WaitAsync(JobHint hint, JobBell bell, CancellationToken cancellationToken)
    {
        await bell.Rung.WaitAsync(options.Value.Poll, clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
        hint.Doubt(bell);
    }

    private async Task LeaveAsync(JobHint hint, CurrentTenant tenant, string jobId)
    {
        try
        {
            await hints.LeaveAsync(hint, watcher => tenant.Job(jobId).Unwatch(watcher));
        }
        catch (Exception e) when (e is OrleansException or TimeoutException)
        {
            // The job forgets us by itself within five minutes.
        }
    }
}
