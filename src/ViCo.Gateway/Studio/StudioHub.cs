using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using ViCo.Gateway.Feeds;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Feeds;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Studio;

/// <summary>Pushes what happens to jobs.</summary>
/// <remarks>The same events as GET and SSE: it reads the same log, and a reconnecting client names the last event it has.</remarks>
[Authorize(Authentication.TenantPolicy), Needs(Grants.JobsRead)]
internal sealed class StudioHub(
    IGrainFactory grains, JobEventReader reader, ChangeReader changes, StudioConnections connections, Standing standing) : Hub
{
    public const string Path = "/hubs/studio";

    /// <summary>
    /// Every event of a job after <paramref name="afterSeq"/>, in order, without a gap; completes when the job has ended.
    /// </summary>
    [Needs(Grants.JobsRead)]
    public async IAsyncEnumerable<JobEvent> Subscribe(
        string jobId, long afterSeq, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tenant = await KnownAsync(jobId);
        if (afterSeq < 0) throw new HubException($"afterSeq is {afterSeq}; wanted: 0 or the seq of the last event seen.");
        using var following = connections.Following(Context.ConnectionId, tenant.Id.Key(jobId), jobId);
        await foreach (var one in reader.FollowAsync(tenant, jobId, afterSeq, cancellationToken)) yield return one;
    }

    /// <summary>The newest preview picture of a training whenever there is a newer one; completes when the job has ended.</summary>
    [Needs(Grants.JobsRead)]
    public async IAsyncEnumerable<StudioPreview> Previews(string jobId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var tenant = await KnownAsync(jobId);
        await foreach (var preview in reader.FollowPreviewsAsync(tenant, jobId, cancellationToken))
            yield return new(preview.Step, $"/jobs/{jobId}/preview?step={preview.Step}");
    }

    /// <summary>
    /// What changes of the tenant, as it happens, after a place; first a change of all where that place is null or not known any more.
    /// </summary>
    [Needs(Grants.JobsRead)]
    public IAsyncEnumerable<TenantChange> Changes(string? after, CancellationToken cancellationToken) =>
        TokenScope.Of(Context.User!) is null
        ? changes.FollowAsync(CurrentTenant.Of(Context.User!, grains), after, cancellationToken)
        : throw new HubException("A token of one job, concept or user does not open what changes of the whole tenant; use a key.");

    public override Task OnConnectedAsync()
    {
        connections.Add(Context.ConnectionId);
        var following = standing.Follow(GatewayClaims.CredentialOf(Context.User)!);
        Context.Items[typeof(Standing)] = following;
        following.Ended.Register(Context.Abort);
        return base.OnConnectedAsync();
    }

    public override Task OnDisconnectedAsync(Exception? exception)
    {
        connections.Remove(Context.ConnectionId);
        if (Context.Items.TryGetValue(typeof(Standing), out var following)) ((IDisposable)following!).Dispose();
        return base.OnDisconnectedAsync(exception);
    }

    /// <summary>A foreign tenant's job is as unknown as one that never was.</summary>
    private async Task<CurrentTenant> KnownAsync(string jobId)
    {
        var tenant = CurrentTenant.Of(Context.User!, grains);
        return IdConstraint.Fits(jobId) && await tenant.Job(jobId).Get() is { } job && TokenScope.Allows(Context.User!, job)
            ? tenant
            : throw new HubException($"There is no job '{jobId}'.");
    }
}

/// <param name="Url">Where the picture lies now; a newer preview replaces it.</param>
internal sealed record StudioPreview(int Step, string Url);
