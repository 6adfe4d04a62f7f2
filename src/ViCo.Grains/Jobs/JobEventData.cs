using System.Text.Json.Serialization;

namespace ViCo.Grains.Jobs;

/// <summary>The lossless kinds of event. In JSON the member <c>type</c> says which.</summary>
[GenerateSerializer, Immutable, Alias("vico.event")]
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(StateChanged), "state")]
[JsonDerivedType(typeof(StepDone), "step")]
[JsonDerivedType(typeof(SamplingStepDone), "sampling-step")]
[JsonDerivedType(typeof(CheckpointSaved), "checkpoint")]
[JsonDerivedType(typeof(ImageDrawn), "image")]
[JsonDerivedType(typeof(WarningRaised), "warning")]
[JsonDerivedType(typeof(ErrorRaised), "error")]
public abstract record JobEventData;
