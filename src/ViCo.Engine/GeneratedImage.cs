namespace ViCo.Engine;

/// <param name="Png">The picture, 8-bit RGB PNG, with its parameters in PNG text.</param>
/// <param name="Warnings">Such as: the prompt holds no placeholder.</param>
public sealed record GeneratedImage(long Seed, ReadOnlyMemory<byte> Png, IReadOnlyList<string> Warnings);
