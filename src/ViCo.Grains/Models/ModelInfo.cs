using ViCo.Grains.Gpus;
using ViCo.Options;

namespace ViCo.Grains.Models;

/// <summary>A base model that a worker has told of. It stays known when no worker is there.</summary>
/// <param name="Digest">SHA-256 (lower-case hex) over its weight files.</param>
/// <param name="Sizes">Of the pictures that it draws.</param>
/// <param name="Seen">When a worker last started with it.</param>
public sealed record ModelInfo(string Digest, string Name, PictureSizes Sizes, DateTimeOffset Seen)
{
    /// <summary>Whether its tokenizer's files lie beside it.</summary>
    public bool HasTokenizer { get; init; }

    /// <summary>What it draws with where a request leaves it open.</summary>
    public OptionValues Sampling { get; init; } = OptionValues.None;

    /// <summary>What it learns with where a request leaves it open.</summary>
    public OptionValues Training { get; init; } = OptionValues.None;
}
