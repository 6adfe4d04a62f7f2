namespace ViCo.Grains.Jobs;

/// <summary>A picture and the attempt whose blob holds it.</summary>
/// <param name="Digest">SHA-256 (lower-case hex) of the blob; null: a version drew it that did not say.</param>
/// <param name="Deleted">Gone, by its user's wish; its number stays taken, so that it is not drawn again.</param>
internal sealed record DrawnImage(int Index, int Attempt, long Seed, long Bytes = 0, bool Deleted = false, string? Pixels = null,
    string? Digest = null);
