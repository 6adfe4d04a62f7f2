namespace ViCo.Grains.Gpus;

/// <summary>The queue as people see it.</summary>
[GenerateSerializer, Immutable, Alias("vico.queue-status")]
public sealed record QueueStatus([property: Id(0)] IReadOnlyList<QueueEntry> Waiting, [property: Id(1)] IReadOnlyList<GpuLease> Running,
    [property: Id(2)] IReadOnlyList<WorkerInfo> Workers);
