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

    /// <summary>
    /// The batch in pieces of at most so many samples, in order. Whole where it holds prior pictures: their mean and the object's are taken
    /// apart, and a piece would weigh them otherwise.
    /// </summary>
    public IEnumerable<TrainingBatch> Pieces(int samples)
    {
        if (samples >= Shots.Count || Shots.Any(s => s.IsPrior))
        {
            yield return this;
            yield break;
        }
        for (var first = 0; first < Shots.Count; first += samples)
        {
            var count = Math.Min(samples, Shots.Count - first);
            yield return new([.. Shots.Skip(first).Take(count)], Part(Latents), Part(Noise), [.. Timesteps.Skip(first).Take(count)])
            {
                References = References is null ? null : Part(References),
                LossMask = LossMask is null ? null : Part(LossMask),
            };

            Tensor Part(Tensor whole) => whole.narrow(0, first, count);
        }
    }

    /// <summary>The samples' captions.</summary>
    public IReadOnlyList<TokenizedPrompt> Prompts => [.. Shots.Select(s => s.Prompt)];
}
