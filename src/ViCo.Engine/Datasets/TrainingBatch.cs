using ViCo.Text;

namespace ViCo.Engine.Datasets;

/// <summary>What one training step sees; owned by the step's dispose scope.</summary>
/// <param name="Shots">One per sample.</param>
/// <param name="Latents">Targets [B, C, h, w], scaled.</param>
/// <param name="Noise">Standard normal [B, C, h, w], what the network must find.</param>
/// <param name="Timesteps">One per sample.</param>
internal sealed record TrainingBatch(IReadOnlyList<Shot> Shots, Tensor Latents, Tensor Noise, IReadOnlyList<int> Timesteps)
{
    /// <summary>Clean latents of another photo of each sample's object [B, C, h, w]; null where the data have none.</summary>
    public Tensor? References { get; init; }

    /// <summary>Weight of each cell in the loss [B, 1, h, w]; null: all count alike.</summary>
    public Tensor? LossMask { get; init; }

    /// <summary>The samples' captions.</summary>
    public IReadOnlyList<TokenizedPrompt> Prompts => [.. Shots.Select(s => s.Prompt)];
}

/// <summary>One sample of a batch.</summary>
/// <param name="Prompt">Its caption.</param>
internal sealed record Shot(TokenizedPrompt Prompt)
{
    /// <summary>Whether it shows the class and not the object: prior preservation learns from such, too.</summary>
    public bool IsPrior { get; init; }
}
