namespace ViCo.Grains.Jobs;

/// <summary>Something went wrong; <c>Code</c> is stable, <c>Message</c> is for people.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.error")]
public sealed record ErrorRaised([property: Id(0)] string Code, [property: Id(1)] string Message) : JobEventData;
