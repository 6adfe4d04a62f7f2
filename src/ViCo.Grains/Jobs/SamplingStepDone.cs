namespace ViCo.Grains.Jobs;

/// <summary>One denoising step.</summary>
[GenerateSerializer, Immutable, Alias("vico.event.sampling-step")]
public sealed record SamplingStepDone([property: Id(0)] int Step, [property: Id(1)] int Steps) : JobEventData;
