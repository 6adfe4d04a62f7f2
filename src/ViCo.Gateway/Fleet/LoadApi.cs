using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Fleet;
using ViCo.Grains.Gpus;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Fleet;

/// <summary>How many devices the pool should have, for whoever scales it, and the same figures for Prometheus.</summary>
internal static class LoadApi
{
    public static void MapScaling(this IEndpointRouteBuilder routes) => routes.MapRead("/scaling", Scaling).WithTags("Installation")
        .WithSummary("How many devices the pool should have, from what waits and runs; and the silos that may be stopped.")
        .Needs(Grants.SilosRead);

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapRead("/metrics", Metrics).WithTags("Installation")
        .WithSummary("Queue, leases and fleet in Prometheus' text format. A key with the scope metrics:read alone reads nothing else.")
        .Needs(Grants.MetricsRead).Produces<string>(200, "text/plain");

    private static async Task<Ok<ScalingResponse>> Scaling(IGrainFactory grains)
    {
        var scaling = await grains.GetGrain<IFleetGrain>(IGpuQueueGrain.DefaultPool).GetScaling();
        return TypedResults.Ok(new ScalingResponse(scaling.Devices, scaling.Load.BacklogSeconds, scaling.Load.Drawings,
            scaling.Load.Trainings, scaling.Load.Running, [.. scaling.Silos.Where(s => s.Removable).Select(s => s.Name)]));
    }

    private static async Task<ContentHttpResult> Metrics(IGrainFactory grains)
    {
        var (wanted, load, silos) = await grains.GetGrain<IFleetGrain>(IGpuQueueGrain.DefaultPool).GetScaling();
        var text = new PrometheusText();
        text.Gauge("vico_queue_waiting", "Jobs that wait.", ("kind=\"drawing\"", load.Drawings), ("kind=\"training\"", load.Trainings));
        text.Gauge("vico_queue_backlog_gpu_seconds", "Estimated GPU-seconds of what waits.", ("", load.BacklogSeconds));
        text.Gauge("vico_queue_oldest_seconds", "How long the oldest of what waits has waited.", ("", load.OldestSeconds));
        text.Gauge("vico_leases", "Jobs that run.", ("", load.Running));
        text.Counter("vico_leases_granted_total", "Leases given out since the queue was last rebuilt.", load.Granted);
        text.Counter("vico_leases_lost_total", "Of them those whose worker died or fell silent.", load.Lost);
        text.Counter("vico_trainings_paused_total", "Trainings asked to pause for others.", load.Paused);
        text.Gauge("vico_fleet_devices", "Devices heard of within the last minute.", ("", silos.Sum(s => s.Workers.Count)));
        text.Gauge("vico_fleet_devices_wanted", "Devices that the pool should have.", ("", wanted));
        text.Gauge("vico_fleet_silos", "Silos by state.", [.. Enum.GetValues<SiloState>().Select(state =>
            ($"state=\"{state.ToString().ToLowerInvariant()}\"", (double)silos.Count(s => s.State == state)))]);
        text.Gauge("vico_fleet_silos_removable", "Silos that may be stopped.", ("", silos.Count(s => s.Removable)));
        return TypedResults.Text(text.ToString(), PrometheusText.ContentType);
    }
}

/// <param name="Devices">How many the pool should have.</param>
/// <param name="BacklogSeconds">Estimated GPU-seconds of what waits.</param>
/// <param name="Removable">Silos that get no work and have none.</param>
internal sealed record ScalingResponse(
    int Devices, double BacklogSeconds, int Drawings, int Trainings, int Running, IReadOnlyList<string> Removable);
