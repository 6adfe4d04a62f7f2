namespace ViCo.Grains.Gpus;

/// <param name="JobKey"><c>tenant/job</c>.</param>
/// <param name="Attempt">The attempt that the next lease will carry.</param>
/// <param name="Interactive">Sampling: goes before training.</param>
/// <param name="User">The front-end's own user that it is for, or null.</param>
[GenerateSerializer, Immutable, Alias("vico.queue-entry")]
public sealed record QueueEntry(
    [property: Id(0)] string JobKey, [property: Id(1)] int Attempt, [property: Id(2)] bool Interactive,
    [property: Id(3)] DateTimeOffset Enqueued,
    [property: Id(4)] string? User = null);
