namespace ViCo.Grains.Gpus;

/// <summary>How much waits and runs.</summary>
/// <param name="Drawings">That wait.</param>
/// <param name="Trainings">That wait.</param>
/// <param name="Running">Leases.</param>
/// <param name="BacklogSeconds">GPU-seconds of what waits, reckoned by what their tenants' last ones took.</param>
[GenerateSerializer, Immutable, Alias("vico.queue-load")]
public sealed record QueueLoad([property: Id(0)] int Drawings, [property: Id(1)] int Trainings, [property: Id(2)] int Running,
    [property: Id(3)] double BacklogSeconds)
{
    /// <summary>How long the oldest of what waits has waited; 0: nothing waits.</summary>
    [Id(4)] public double OldestSeconds { get; init; }

    /// <summary>Leases given out since the queue was last rebuilt.</summary>
    [Id(5)] public long Granted { get; init; }

    /// <summary>Of them those that ran out or whose worker died.</summary>
    [Id(6)] public long Lost { get; init; }

    /// <summary>Trainings that were asked to pause for others.</summary>
    [Id(7)] public long Paused { get; init; }
}
