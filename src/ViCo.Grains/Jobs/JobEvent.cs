namespace ViCo.Grains.Jobs;

/// <param name="Seq">1, 2, 3, … without a gap.</param>
/// <param name="Attempt">0 before the first.</param>
[GenerateSerializer, Immutable, Alias("vico.job-event")]
public sealed record JobEvent(
    [property: Id(0)] long Seq, [property: Id(1)] int Attempt, [property: Id(2)] DateTimeOffset Time, [property: Id(3)] JobEventData Data);
