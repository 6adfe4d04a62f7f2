namespace ViCo.Engine;

/// <summary>What a caller may set about a training; null means the base model's own default, stated in its <c>vico.json</c>.</summary>
public sealed record TrainingOverrides
{
    /// <summary>Optimizer steps, 1 to 100,000. SD: 400.</summary>
    public int? Steps { get; init; }

    /// <summary>Samples per step, 1 to 64. SD: 4.</summary>
    public int? BatchSize { get; init; }

    /// <summary>Seed of data order, timesteps and noise. Default 23 (upstream's).</summary>
    public long? Seed { get; init; }

    /// <summary>AdamW rate of S★. SD: 5e-3.</summary>
    public double? EmbeddingLearningRate { get; init; }

    /// <summary>AdamW rate of the image cross-attention blocks. SD: 1e-5.</summary>
    public double? BlockLearningRate { get; init; }

    /// <summary>Weight λ of the regularisation towards the end-of-text token, ViCo eq. 6. Default 5e-4.</summary>
    public double? RegularizationWeight { get; init; }

    /// <summary><c>vico</c> (default) or <c>textual-inversion</c> (S★ alone, image blocks off).</summary>
    public string? Method { get; init; }

    /// <summary>Token merging (arXiv:2303.17604) while training: the share of tokens that the finest blocks' self-attention merges away, 0 to 0.75; null and 0: off.</summary>
    public double? TokenMerging { get; init; }

    /// <summary>A checkpoint every so many steps and after the last; default 50.</summary>
    public int? CheckpointEvery { get; init; }

    /// <summary>A resume point every so many steps; default: after every 30 s of work. One is written at a pause and after the last step in any case.</summary>
    public int? ResumeEvery { get; init; }

    /// <summary>A preview picture every so many steps; 0 for none; default 50.</summary>
    public int? PreviewEvery { get; init; }

    /// <summary>Checkpoints in float16, half the bytes; resume points stay exact. Default false.</summary>
    public bool? Half { get; init; }

    /// <summary>The switches in which paper, official code and ports differ; null members take the published code's side.</summary>
    public VisualConditionSwitches? Switches { get; init; }
}
