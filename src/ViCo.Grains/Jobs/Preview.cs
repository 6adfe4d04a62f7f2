namespace ViCo.Grains.Jobs;

/// <summary>The newest preview picture of a training.</summary>
[GenerateSerializer, Immutable, Alias("vico.preview")]
public sealed record Preview([property: Id(0)] int Step, [property: Id(1)] string Blob, [property: Id(2)] long Bytes = 0);
