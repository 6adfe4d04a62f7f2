namespace ViCo.Grains.Jobs;

/// <summary>A picture is durable and can be fetched as <c>/images/{ImageId}</c>.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.image")]
public sealed record ImageDrawn([property: Id(0)] string ImageId, [property: Id(1)] int Index, [property: Id(2)] long Seed,
    [property: Id(3)] IReadOnlyList<string> Warnings) : JobEventData
{
    /// <summary>Of the PNG; 0: told of by a version that did not count.</summary>
    [Id(4)] public long Bytes { get; init; }

    /// <summary>SHA-256 (lower-case hex) of its pixels: 8-bit RGB, row by row; null: told of by a version that did not say.</summary>
    [Id(5)] public string? Pixels { get; init; }

    /// <summary>SHA-256 (lower-case hex) of the PNG; null: told of by a version that did not say.</summary>
    [Id(6)] public string? Digest { get; init; }
}
