namespace ViCo.Grains.Gpus;

/// <summary>A worker's right to run one attempt until <c>Expires</c>.</summary>
[GenerateSerializer, Immutable, Alias("vico.gpu-lease")]
public sealed record GpuLease([property: Id(0)] string JobKey, [property: Id(1)] int Attempt, [property: Id(2)] DateTimeOffset Expires)
{
    /// <summary>How many pictures one of its passes has, if it may share them with other drawings; 0: it is done alone.</summary>
    [Id(3)] public int Pictures { get; init; }
}
