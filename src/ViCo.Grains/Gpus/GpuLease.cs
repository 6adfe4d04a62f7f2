namespace ViCo.Grains.Gpus;

/// <summary>A worker's right to run one attempt until <c>Expires</c>.</summary>
[GenerateSerializer, Immutable, Alias("vico.gpu-lease")]
public sealed record GpuLease([property: Id(0)] string JobKey, [property: Id(1)] int Attempt, [property: Id(2)] DateTimeOffset Expires);
