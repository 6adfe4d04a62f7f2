using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Fleet;
using ViCo.Grains.Gpus;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Fleet;

/// <summary>The GPU silos: look, cordon, drain, take back, forget.</summary>
internal static class SilosApi
{
    public static void MapSilos(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/silos").WithTags("Installation");
        group.MapRead("/", List).WithSummary("The silos that take work: their devices, what they run, and whether they may be stopped.")
            .Needs(Grants.SilosRead);
        group.MapRead("/{silo}", Get).WithSummary("A silo. Of what it runs, a drain interrupts what is marked so.").Needs(Grants.SilosRead);
        group.MapPost("/{silo}/cordon", Cordon).WithSummary("Gives a silo no new work; what runs there ends there.")
            .Needs(Grants.SilosWrite).Knows();
        group.MapPost("/{silo}/drain", Drain)
            .WithSummary("Gives a silo no new work; its trainings stop at the next step and go on elsewhere, its drawings end there.")
            .Needs(Grants.SilosWrite).Knows();
        group.MapPost("/{silo}/uncordon", Uncordon).WithSummary("Gives a silo work again.").Needs(Grants.SilosWrite).Knows();
        group.MapDelete("/{silo}", Remove).WithSummary("Forgets a silo that is gone.").Needs(Grants.SilosWrite).Knows();
    }

    private static async Task<Ok<SiloList>> List(IGrainFactory grains) =>
        TypedResults.Ok(new SiloList([.. (await Fleet(grains).GetSilos()).Select(SiloResponse.Of)]));

    private static async Task<Results<Ok<SiloResponse>, ProblemHttpResult>> Get(string silo, IGrainFactory grains) =>
        Answer(silo, (await Fleet(grains).GetSilos()).FirstOrDefault(s => s.Name == silo));

    private static Task<Results<Ok<SiloResponse>, ProblemHttpResult>> Cordon(string silo, IGrainFactory grains) =>
        ChangeAsync(silo, SiloState.Cordoned, grains);

    private static Task<Results<Ok<SiloResponse>, ProblemHttpResult>> Drain(string silo, IGrainFactory grains) =>
        ChangeAsync(silo, SiloState.Draining, grains);

    private static Task<Results<Ok<SiloResponse>, ProblemHttpResult>> Uncordon(string silo, IGrainFactory grains) =>
        ChangeAsync(silo, SiloState.Active, grains);

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string silo, IGrainFactory grains) =>
        await Fleet(grains).Remove(silo) switch
        {
            null => Problem.NotFound("silo", silo),
            { Workers.Count: > 0 } => Problem.Conflict("not_possible_now",
                $"Silo '{silo}' was heard of within the last minute; drain it, stop it, and remove it then."),
            _ => TypedResults.NoContent(),
        };

    private static async Task<Results<Ok<SiloResponse>, ProblemHttpResult>> ChangeAsync(
        string silo, SiloState state, IGrainFactory grains) =>
        Answer(silo, await Fleet(grains).Change(silo, state));

    private static Results<Ok<SiloResponse>, ProblemHttpResult> Answer(string name, SiloView? silo) =>
        silo is null ? Problem.NotFound("silo", name) : TypedResults.Ok(SiloResponse.Of(silo));

    private static IFleetGrain Fleet(IGrainFactory grains) => grains.GetGrain<IFleetGrain>(IGpuQueueGrain.DefaultPool);
}

internal sealed record SiloList(IReadOnlyList<SiloResponse> Silos);

/// <param name="Changed">When its state was last changed; null: never.</param>
/// <param name="Spare">Whether it gets no work because the pool needs fewer.</param>
/// <param name="Removable">Whether it may be stopped: it gets no work and has none.</param>
/// <param name="SecondsToEmpty">In about how long it would have nothing to do, if it got nothing more.</param>
internal sealed record SiloResponse(string Name, SiloState State, DateTimeOffset? Changed, bool Spare, bool Removable,
    double SecondsToEmpty, IReadOnlyList<DeviceResponse> Devices, IReadOnlyList<SiloWork> Running)
{
    public static SiloResponse Of(SiloView silo) => new(
        silo.Name, silo.State, silo.Changed, silo.Spare, silo.Removable, silo.SecondsToEmpty,
        [.. silo.Workers.Select(w => new DeviceResponse(w.Device, w.BaseModel, w.BaseDigest, w.FreeBytes, w.Version))],
        [.. silo.Running.Select(r => new SiloWork(r.JobKey, r.Attempt, !r.Interactive, r.Age.TotalSeconds))]);
}

/// <param name="BaseDigest">Of its base model; null: a version that does not say.</param>
/// <param name="FreeBytes">Memory that the base model leaves for work; null: it does not say.</param>
/// <param name="Version">Of the program; null: a version that does not say.</param>
internal sealed record DeviceResponse(string Device, string BaseModel, string? BaseDigest, long? FreeBytes, string? Version);

/// <param name="Job"><c>tenant/job</c>.</param>
/// <param name="Interrupted">Whether a drain interrupts it: a training, which loses nothing by it.</param>
/// <param name="Seconds">For how long this attempt has run.</param>
internal sealed record SiloWork(string Job, int Attempt, bool Interrupted, double Seconds);
