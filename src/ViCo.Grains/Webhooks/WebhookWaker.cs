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
                await foreach (var marker in blobs.ListAsync(Markers, stoppingToken)) await grains.GetGrain<IWebhookGrain>(
                    marker.Name[Markers.Length..]).Wake();
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "Webhooks could not be woken; the next try comes in half a minute")]
    private partial void LogFailed(Exception e);
}
