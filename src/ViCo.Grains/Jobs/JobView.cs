using ViCo.Grains.Concepts;

namespace ViCo.Grains.Jobs;

/// <param name="Kind"><c>training</c> or <c>sampling</c>.</param>
/// <param name="Step">The last step done.</param>
/// <param name="Images">Ids of the pictures drawn so far.</param>
/// <param name="Sampling">What a sampling was asked for, so that it can be asked for again.</param>
/// <param name="EtaSeconds">Estimated seconds to go while running; null when unknown.</param>
[GenerateSerializer, Immutable, Alias("vico.job-view")]
public sealed record JobView(
    [property: Id(0)] string Id, [property: Id(1)] string Kind, [property: Id(2)] string ConceptId, [property: Id(3)] JobState State,
    [property: Id(4)] int Attempt, [property: Id(5)] int Step, [property: Id(6)] int? Steps, [property: Id(7)] double? Loss,
    [property: Id(8)] IReadOnlyList<string> Images, [property: Id(9)] long LastSeq, [property: Id(10)] DateTimeOffset Submitted,
    [property: Id(11)] DateTimeOffset? Started, [property: Id(12)] DateTimeOffset? Ended, [property: Id(13)] string? Error,
    [property: Id(14)] double? EtaSeconds, [property: Id(15)] string? Prompt, [property: Id(16)] SamplingSettings? Sampling = null)
{
    /// <summary>The front-end's own user it was made for, or null.</summary>
    [Id(17)] public string? User { get; init; }

    /// <summary>Of a training: the run that its checkpoints belong to.</summary>
    [Id(18)] public string? Run { get; init; }

    /// <summary>What a training was asked for.</summary>
    [Id(19)] public TrainingSettings? Training { get; init; }

    /// <summary>Bytes of its pictures, previews and resume points. Checkpoints are their run's.</summary>
    [Id(20)] public long StoredBytes { get; init; }

    /// <summary>What its last attempt worked with; null: nothing has started, or a version that did not say.</summary>
    [Id(21)] public Maker? Maker { get; init; }

    /// <summary>Pictures that are drawn in one pass.</summary>
    [Id(22)] public int? PerPass { get; init; }

    /// <summary>Of a picture drawn again: whether it is the same.</summary>
    [Id(23)] public RerunView? Rerun { get; init; }

    /// <summary>Device time of its attempts that have ended, by day (UTC).</summary>
    [Id(24)] public IReadOnlyList<DayUse> Uses { get; init; } = [];
}
