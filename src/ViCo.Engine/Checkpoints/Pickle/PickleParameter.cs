namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>For writing: a tensor that PyTorch shall read as a trainable parameter.</summary>
internal sealed record PickleParameter(Tensor Data);
