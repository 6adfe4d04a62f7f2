namespace ViCo.Grains.Jobs;

/// <param name="LastSeq">The newest durable event of the log (not of the page).</param>
/// <param name="Ended">The job has ended and the log will not grow.</param>
[GenerateSerializer, Immutable, Alias("vico.event-page")]
public sealed record EventPage([property: Id(0)] IReadOnlyList<JobEvent> Events, [property: Id(1)] long LastSeq,
    [property: Id(2)] bool Ended);
