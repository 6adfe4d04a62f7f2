using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Gpus;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Health;

/// <summary>Liveness depends on nothing but this process; readiness on storage and grains.</summary>
internal static class HealthApi
{
    private const string Name = "gateway/ready";

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", Live).AllowAnonymous().WithTags("Health").WithSummary("The process is alive.")
            .Produces<string>(200, "text/plain");
        routes.MapGet("/readyz", Ready).AllowAnonymous().WithTags("Health").WithSummary("Storage takes and gives, queue and grains answer.")
            .Produces<string>(200, "text/plain");
    }

    private static ContentHttpResult Live() => TypedResults.Text("ok");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> Ready(
        HttpContext context, IBlobStore blobs, IGrainFactory grains, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await TryStorageAsync(blobs, clock, cancellationToken).WaitAsync(_patience, clock, cancellationToken);
            await new CurrentTenant(new("default"), grains).Tenant().Recall("").WaitAsync(_patience, clock, cancellationToken);
            await grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool).GetWorkers()
                .WaitAsync(_patience, clock, cancellationToken);
            return TypedResults.Text("ready");
        }
        catch (StorageTroubleException e)
        {
            context.Response.Headers.RetryAfter = "2";
            return Problem.Of(503, "not_ready", e.Message);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "2";
            return Problem.Of(503, "not_ready", "Storage, queue or grains do not answer yet.");
        }
    }

    /// <summary>Whether the storage takes something and gives it back.</summary>
    private static async Task TryStorageAsync(IBlobStore blobs, TimeProvider clock, CancellationToken cancellationToken)
    {
        var now = Encoding.ASCII.GetBytes(clock.GetUtcNow().ToString("O", CultureInfo.InvariantCulture));
        await blobs.WriteAsync(Name, now, cancellationToken: cancellationToken);
        if (await blobs.ReadAsync(Name, cancellationToken) is null)
            throw new StorageTroubleException($"The storage does not give back what was written ('{Name}').", isFull: false);
    }
}
