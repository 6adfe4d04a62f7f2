namespace ViCo.Engine;

/// <param name="BaseModel">Name of the base model, such as <c>toybox</c>.</param>
/// <param name="BaseDigest">SHA-256 (lower-case hex) over the base model's weight files.</param>
/// <param name="ImageSize">Side in pixels that the base model was trained at.</param>
/// <param name="Device">Such as <c>cpu</c> or <c>cuda:0 NVIDIA H100</c>.</param>
public sealed record EngineInfo(string BaseModel, string BaseDigest, int ImageSize, string Device)
{
    /// <summary>What the frozen networks are stored and computed in: a value of <see cref="Engine.Precision"/>.</summary>
    public string Precision { get; init; } = Engine.Precision.Single;

    /// <summary>What the base model's files ask for and do not get, in words.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Memory of the device that the base model left for work, in bytes; null: not known.</summary>
    public long? FreeBytes { get; init; }

    /// <summary>Sides of pictures are multiples of it, in pixels.</summary>
    public required int SizeMultiple { get; init; }

    /// <summary>What the base model draws with where a request leaves it open.</summary>
    public Options.OptionValues Sampling { get; init; } = Options.OptionValues.None;

    /// <summary>What the base model learns with where a request leaves it open.</summary>
    public Options.OptionValues Training { get; init; } = Options.OptionValues.None;

    /// <summary>Folder of the base model's tokenizer, in diffusers' layout.</summary>
    public required string TokenizerFolder { get; init; }

    /// <summary>Width × height of the largest pictures.</summary>
    public required long MaxPixels { get; init; }
}
