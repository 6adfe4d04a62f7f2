namespace ViCo.Grains.Jobs;

/// <summary>The job's state changed, with the reason in words where there is one (and the worker when it started).</summary>
[GenerateSerializer, Immutable, Alias("vico.event.state")]
public sealed record StateChanged([property: Id(0)] JobState State, [property: Id(1)] string? Reason) : JobEventData;
