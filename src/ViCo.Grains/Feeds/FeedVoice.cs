using ViCo.Grains.Tenants;

namespace ViCo.Grains.Feeds;

/// <summary>What a grain tells its tenant's feed: in order and each change at least once, while the grain goes on with its work.</summary>
/// <remarks>
/// A call that fails was on its way to a silo that died: one of the next finds the feed where it lives then. What a silo that dies itself
/// had still to tell, the feed makes up for.
/// </remarks>
internal sealed class FeedVoice(IGrainFactory grains, TenantId tenant)
{
    // Longer than it takes until a silo that does not answer is given up.
    private const int Tries = 120;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private Task _told = Task.CompletedTask;

    /// <summary>Tells it soon.</summary>
    public void Tell(IReadOnlyList<TenantChange> changes) => _told = TellAsync(_told, changes);

    private async Task TellAsync(Task before, IReadOnlyList<TenantChange> changes)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        for (var tries = 1; ; tries++)
        {
            try
            {
                await grains.GetGrain<IFeedGrain>(tenant.Value).Publish(changes);
                return;
            }
            catch (Exception e) when (e is OrleansException or TimeoutException && tries < Tries)
            {
                await Task.Delay(Pause);
            }
        }
    }
}
