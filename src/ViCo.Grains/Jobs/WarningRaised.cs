namespace ViCo.Grains.Jobs;

/// <summary>Something the user would want to know although the job goes on, such as: there is one photo only.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.warning")]
public sealed record WarningRaised([property: Id(0)] string Message) : JobEventData;
