using System.Security.Cryptography;
using System.Text;
using ViCo.Options;

namespace ViCo.Grains.Jobs;

/// <param name="CheckpointBlob">The concept's checkpoint at submission, or null for the base model alone.</param>
/// <param name="Settings">With every value that was open in the request as it was found at submission.</param>
/// <param name="CheckpointDigest">Its digest.</param>
/// <param name="ReferenceBlobs">Photos the image blocks attend to.</param>
/// <param name="ReferenceObjects">Which object each of them shows, from 1; null: the concept has one.</param>
[GenerateSerializer, Immutable, Alias("vico.sampling-job")]
public sealed record SamplingJob(
    string ConceptId, DateTimeOffset Submitted, [property: Id(0)] string? CheckpointBlob, [property: Id(1)] string? CheckpointDigest,
    [property: Id(2)] IReadOnlyList<string> ReferenceBlobs, [property: Id(3)] SamplingSettings Settings,
    [property: Id(4)] IReadOnlyList<int>? ReferenceObjects = null) : JobSpec(ConceptId, Submitted)
{
    /// <summary>Pictures of a pass where a job does not say.</summary>
    public const int DefaultPerPass = 4;

    /// <summary>The settings as asked for; null: as in <see cref="Settings"/>.</summary>
    [Id(5)] public SamplingSettings? Asked { get; init; }

    /// <summary>Pictures that are drawn in one pass; 0: <see cref="DefaultPerPass"/>.</summary>
    [Id(6)] public int PerPass { get; init; }

    /// <summary>The picture that is drawn again, alone of all; null: all are drawn.</summary>
    [Id(7)] public Rerun? Rerun { get; init; }

    /// <summary>How often the first picture is shown while it is drawn.</summary>
    [Id(8)] public int Previews { get; init; }

    /// <summary>Digest of the base model that its checkpoint was learned on; null: not known.</summary>
    [Id(9)] public string? BaseDigest { get; init; }

    /// <summary>Low-rank pairs that are added; null: none.</summary>
    [Id(10)] public IReadOnlyList<LoraBlob>? Loras { get; init; }

    /// <summary>What it has in common with every drawing that may share its passes, as a digest; null: it shares none.</summary>
    /// <remarks>A picture that is drawn again is cut to fit the memory as it was the first time.</remarks>
    internal string? Together => Rerun is null && SamplingOption.Common(Settings.Options.Without(SamplingSettings.LorasName)) is { } common
        ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(common.ToJson()))) : null;

    /// <summary>The indexes of the pictures to draw.</summary>
    internal IEnumerable<int> Wanted => Rerun is { } rerun ? [rerun.Index] : Enumerable.Range(0, Settings.Count);

    /// <summary>The indexes pass by pass: the same whatever is drawn already, for what shares a pass may show in the last bits.</summary>
    public IEnumerable<int[]> Passes => Enumerable.Range(0, Settings.Count).Chunk(PerPass > 0 ? PerPass : DefaultPerPass)
        .Where(pass => Rerun is null || pass.Contains(Rerun.Index));
}
