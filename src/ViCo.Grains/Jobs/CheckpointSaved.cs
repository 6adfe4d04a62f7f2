namespace ViCo.Grains.Jobs;

/// <summary>A checkpoint is durable.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.checkpoint")]
public sealed record CheckpointSaved([property: Id(0)] int Step, [property: Id(1)] string Digest, [property: Id(2)] long Bytes)
    : JobEventData;
