namespace ViCo.Grains.Gpus;

/// <param name="JobKey"><c>tenant/job</c>.</param>
/// <param name="Attempt">The attempt that the next lease will carry.</param>
/// <param name="Interactive">Sampling: goes before training.</param>
/// <param name="User">The front-end's own user that it is for, or null.</param>
[GenerateSerializer, Immutable, Alias("vico.queue-entry")]
public sealed record QueueEntry(
    [property: Id(0)] string JobKey, [property: Id(1)] int Attempt, [property: Id(2)] bool Interactive,
    [property: Id(3)] DateTimeOffset Enqueued,
    [property: Id(4)] string? User = null)
{
    /// <summary>How many digits of a digest stand for it here.</summary>
    public const int DigestLength = 16;

    /// <summary>The base model that it needs: the first digits of its digest; null: any, or a version that did not say.</summary>
    [Id(5)] public string? Base { get; init; }

    /// <summary>Drawings that say the same here share passes of the U-Net; null: it is drawn alone.</summary>
    [Id(6)] public string? Together { get; init; }

    /// <summary>Others go first for so long.</summary>
    [Id(7)] public TimeSpan Delay { get; init; }

    /// <summary>Of a drawing: how many pictures one of its passes has; 0: it is not known, or no drawing.</summary>
    [Id(8)] public int Pictures { get; init; }

    /// <summary>A digest as <see cref="Base"/> has it.</summary>
    public static string? Shortened(string? digest) => digest?[..Math.Min(digest.Length, DigestLength)];
}
