using Orleans.Runtime;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Sees to it that a key that is revoked, a session that is ended and a tenant that is suspended end what is under way for them, here as
/// on every other gateway, within <see cref="Every"/> and the time that asking takes.
/// </summary>
/// <remarks>One question for each credential in use, however many requests and connections it has.</remarks>
internal sealed partial class Standing(IGrainFactory grains, TimeProvider clock, ILogger<Standing> logger) : BackgroundService
{
    /// <summary>How often is asked: two tries fit into the five seconds that are promised.</summary>
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    private readonly Dictionary<Credential, Followed> _followed = [];
    private readonly Lock _gate = new();

    /// <summary>Has the token of the answer canceled when the credential holds no longer; dispose it when done.</summary>
    public Followed Follow(Credential credential)
    {
        lock (_gate)
        {
            if (!_followed.TryGetValue(credential, out var followed)) _followed.Add(credential, followed = new(this, credential));
            followed.Followers++;
            return followed;
        }
    }

    /// <summary>Ends a tenant's request when its caller's credential ends: what was sent until then was allowed.</summary>
    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        GatewayClaims.IsOfTenant(context.User)
        && context.GetEndpoint()?.Metadata.GetMetadata<OfInstallation>() is null
        && GatewayClaims.CredentialOf(context.User) is { } credential
            ? FollowAsync(context, next, credential) : next(context);

    private async Task FollowAsync(HttpContext context, RequestDelegate next, Credential credential)
    {
        using var following = Follow(credential);
        var caller = context.RequestAborted;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(caller, following.Ended);
        context.RequestAborted = either.Token;
        try
        {
            await next(context);
        }
        catch (OperationCanceledException) when (following.Ended.IsCancellationRequested && !caller.IsCancellationRequested)
        {
            context.RequestAborted = caller;
            if (!context.Response.HasStarted) await ApiKeyHandler.RefuseTokenAsync(context, "The key was revoked or has ended.");
        }
        finally
        {
            context.RequestAborted = caller;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            Followed[] all;
            lock (_gate) all = [.. _followed.Values];
            await Parallel.ForEachAsync(all, stoppingToken, async (followed, _) =>
            {
                try
                {
                    if (await followed.Credential.RecallAsync(grains) is { Suspended: false }) return;
                    await followed.EndAsync();
                }
                catch (Exception e) when (e is OrleansException or TimeoutException)
                {
                    // Whoever cannot be asked after stays for now: every new request asks by itself.
                    LogUnasked(followed.Credential.Home.Value, e);
                }
            });
        }
    }

    [LoggerMessage(LogLevel.Warning, "Tenant {Tenant} did not say whether a key still holds; it is asked again")]
    private partial void LogUnasked(string tenant, Exception e);

    /// <summary>A credential in use.</summary>
    internal sealed class Followed(Standing all, Credential credential) : IDisposable
    {
        private readonly CancellationTokenSource _ended = new();

        public Credential Credential => credential;

        public int Followers { get; set; }

        /// <summary>Canceled when the credential holds no longer.</summary>
        public CancellationToken Ended => _ended.Token;

        public Task EndAsync() => _ended.CancelAsync();

        public void Dispose()
        {
            lock (all._gate)
            {
                if (--Followers == 0) all._followed.Remove(credential);
            }
        }
    }
}
