namespace ViCo.Grains.Concepts;

/// <param name="Id">SHA-256 (first 16 bytes, lower-case hex) of the uploaded bytes: the same photo twice is one photo.</param>
/// <param name="Blob">Where the bytes lie: upright, without metadata.</param>
/// <param name="Warnings">Advice such as: smaller than the training size.</param>
/// <param name="ObjectIndex">Which of the concept's objects it shows, from 0.</param>
[GenerateSerializer, Immutable, Alias("vico.photo")]
public sealed record Photo(
    [property: Id(0)] string Id, [property: Id(1)] string Name, [property: Id(2)] int Width, [property: Id(3)] int Height,
    [property: Id(4)] long Bytes, [property: Id(5)] string Blob, [property: Id(6)] IReadOnlyList<string> Warnings,
    [property: Id(7)] int ObjectIndex = 0)
{
    /// <summary>Nearly equal for nearly equal photos; null: a version stored it that did not keep it.</summary>
    [Id(8)] public ulong? Fingerprint { get; init; }

    /// <summary>What it was looked at for, such as blur.</summary>
    [Id(9)] public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>SHA-256 (lower-case hex) of the blob; null: a version stored it that did not say.</summary>
    [Id(10)] public string? Digest { get; init; }
}
