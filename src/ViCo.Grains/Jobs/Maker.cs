namespace ViCo.Grains.Jobs;

/// <summary>What a worker works with.</summary>
/// <param name="BaseModel">The base model's name.</param>
/// <param name="BaseDigest">SHA-256 (lower-case hex) over its weight files.</param>
/// <param name="Device">The class of device: devices of one class make the same bytes.</param>
[GenerateSerializer, Immutable, Alias("vico.maker")]
public sealed record Maker([property: Id(0)] string BaseModel, [property: Id(1)] string BaseDigest, [property: Id(2)] string Device);
