using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Health;

/// <summary>Liveness depends on nothing but this process; readiness on storage and grains.</summary>
internal static class HealthApi
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/healthz", Live).AllowAnonymous().WithTags("Health").WithSummary("The process is alive.")
            .Produces<string>(200, "text/plain");
        routes.MapGet("/readyz", Ready).AllowAnonymous().WithTags("Health").WithSummary("Storage and grains answer.")
            .Produces<string>(200, "text/plain");
    }

    private static ContentHttpResult Live() => TypedResults.Text("ok");

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> Ready(
        HttpContext context, IBlobStore blobs, IGrainFactory grains, TimeProvider clock, CancellationToken cancellationToken)
    {
        try
        {
            await blobs.ReadAsync("gateway/ready", cancellationToken).WaitAsync(_patience, clock, cancellationToken);
            await new CurrentTenant(new("default"), grains).Tenant().Recall("").WaitAsync(_patience, clock, cancellationToken);
            return TypedResults.Text("ready");
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            context.Response.Headers.RetryAfter = "2";
            return Problem.Of(503, "not_ready", "Storage or grains do not answer yet.");
        }
    }
}
