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
    /// The batch in pieces of at most so many samples, in order. Prior pictures go with as many of the object's: the mean of each half is
    /// taken apart, and so a piece weighs them as the whole batch does.
    /// </summary>
    public IEnumerable<TrainingBatch> Pieces(int samples)
    {
        // Samples that are taken together: one, or one of each half.
        var prior = Shots.Count(s => s.IsPrior);
        var units = prior == 0 ? Shots.Count : prior;
        if (samples >= Shots.Count || (prior > 0 && (2 * prior != Shots.Count || !Shots.Skip(prior).All(s => s.IsPrior))))
        {
            yield return this;
            yield break;
        }
        var each = prior == 0 ? samples : Math.Max(1, samples / 2);
        for (var first = 0; first < units; first += each)
        {
            var count = Math.Min(each, units - first);
            yield return new([.. Some(Shots)], Part(Latents), Part(Noise), [.. Some(Timesteps)])
            {
                References = References is null ? null : Part(References),
                LossMask = LossMask is null ? null : Part(LossMask),
            };

            IEnumerable<T> Some<T>(IReadOnlyList<T> whole) =>
                whole.Skip(first).Take(count).Concat(prior == 0 ? [] : whole.Skip(units + first).Take(count));

            Tensor Part(Tensor whole) => prior == 0 ? whole.narrow(0, first, count)
                : cat([whole.narrow(0, first, count), whole.narrow(0, units + first, count)]);
        }
    }

    /// <summary>The samples' captions.</summary>
    public IReadOnlyList<TokenizedPrompt> Prompts => [.. Shots.Select(s => s.Prompt)];
}
