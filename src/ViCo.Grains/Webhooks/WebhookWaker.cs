using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Webhooks;

/// <summary>Wakes the webhooks of every tenant that has some, so that what waits is sent although nobody calls.</summary>
internal sealed partial class WebhookWaker(IBlobStore blobs, IGrainFactory grains, ILogger<WebhookWaker> logger) : BackgroundService
{
    private const string Markers = "webhooks/";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);

    /// <summary>Says that a tenant has webhooks.</summary>
    public static string MarkerOf(TenantId tenant) => $"{Markers}{tenant}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every);
        do
        {
            try
            {
                using var system = TenantScope.EnterSystem();
                await foreach (var marker in blobs.ListAsync(Markers, stoppingToken)) await WakeAsync(marker.Name[Markers.Length..]);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed("", e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One tenant's trouble keeps no other's messages waiting.</summary>
    private async Task WakeAsync(string tenant)
    {
        try
        {
            await grains.GetGrain<IWebhookGrain>(tenant).Wake();
        }
        catch (Exception e)
        {
            LogFailed(tenant, e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Webhooks of tenant '{Tenant}' could not be woken; the next try comes in half a minute")]
    private partial void LogFailed(string tenant, Exception e);
}
