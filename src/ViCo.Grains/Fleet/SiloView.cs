using ViCo.Grains.Gpus;

namespace ViCo.Grains.Fleet;

/// <summary>A silo with its devices.</summary>
/// <param name="Workers">One for each device, heard of within the last minute.</param>
/// <param name="Running">The leases that its workers hold.</param>
[GenerateSerializer, Immutable, Alias("vico.silo-view")]
public sealed record SiloView([property: Id(0)] string Name, [property: Id(1)] SiloState State,
    [property: Id(2)] IReadOnlyList<WorkerInfo> Workers, [property: Id(3)] IReadOnlyList<WorkerLease> Running)
{
    /// <summary>When its state was last changed; null: never.</summary>
    [Id(4)] public DateTimeOffset? Changed { get; init; }

    /// <summary>Nobody told it anything, and it gets no work because the pool needs fewer.</summary>
    [Id(5)] public bool Spare { get; init; }

    /// <summary>Whether it may be stopped: it gets no work and has none.</summary>
    public bool Removable => (Spare || State != SiloState.Active) && Running.Count == 0;

    /// <summary>In about how many seconds it would have nothing to do, if it got nothing more.</summary>
    public double SecondsToEmpty => Running.Where(r => r.Interactive || State != SiloState.Draining && !Spare)
        .Select(r => r.SecondsLeft).DefaultIfEmpty().Max();
}
