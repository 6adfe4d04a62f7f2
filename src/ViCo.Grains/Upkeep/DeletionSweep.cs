using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Upkeep;

/// <summary>
/// Goes on with deletions that were cut off: each left a note before it began, which goes when nothing of it is left. At the start of a
/// silo and every minute.
/// </summary>
internal sealed partial class DeletionSweep(
    IBlobStore blobs, IGrainFactory grains, [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock, ILogger<DeletionSweep> logger)
    : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                using var system = TenantScope.EnterSystem();
                await foreach (var note in blobs.ListAsync(BlobNames.Deletions, stoppingToken)) await GoOnAsync(note.Name);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(BlobNames.Deletions, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>One deletion's trouble holds no other back.</summary>
    private async Task GoOnAsync(string note)
    {
        try
        {
            if (BlobNames.TryReadDeletion(note) is not var (tenant, ofJob, id)) LogNoNote(note);
            else if (ofJob) await grains.GetGrain<IJobGrain>(tenant.Key(id)).GoOnErasing();
            else await grains.GetGrain<IConceptRecordGrain>(tenant.Key(id)).Tidy();
        }
        catch (Exception e)
        {
            LogFailed(note, e);
        }
    }

    [LoggerMessage(LogLevel.Warning, "'{Note}': what is to be deleted could not be yet; the next try comes in a minute")]
    private partial void LogFailed(string note, Exception e);

    [LoggerMessage(LogLevel.Error, "'{Note}' stands among the notes of deletions and is none; it is left alone")]
    private partial void LogNoNote(string note);
}
