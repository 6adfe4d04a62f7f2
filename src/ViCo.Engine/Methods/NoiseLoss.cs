using ViCo.Engine.Datasets;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>
/// The plain loss of a denoising network, which most methods minimise: the mean squared error of the
/// noise. Ho et al. 2020 (DDPM), equation 14.
/// </summary>
internal static class NoiseLoss
{
    /// <summary>
    /// Of one pass over the batch: term <c>noise</c> over the object's samples, and term <c>prior</c> over those of its class where
    /// there are any, with the weight of <see cref="PriorOption.PriorWeight"/>. Ruiz et al. 2023 (arXiv:2208.12242), section 3.2.
    /// </summary>
    public static LossTerms Of(Adapted adapted, TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        var (pass, text) = adapted.Read(batch.Prompts);
        var (noisy, timesteps) = adapted.Noisy(batch);
        adapted.MergeTokens(pass, noisy, batch.Timesteps);
        var predicted = adapted.UNet(pass).call(noisy, timesteps, new(text), pass);
        var options = adapted.Concept.Options;
        var weights = options.Get(DenoisingOption.MinSnr) is { } bound ? MinSnr(adapted.Model.Schedule, batch.Timesteps, bound) : null;
        return Of(predicted, batch, options.Get(PriorOption.PriorWeight), weights).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// A weight per sample, min(snr, γ) / snr, so that steps of little noise do not outweigh the others. Hang et al. 2023
    /// (arXiv:2303.09556), section 3.4.
    /// </summary>
    public static float[] MinSnr(NoiseSchedule schedule, IEnumerable<int> timesteps, double gamma) =>
        [.. timesteps.Select(t => schedule.Alpha(t) / (1 - schedule.Alpha(t))).Select(snr => (float)(Math.Min(snr, gamma) / snr))];

    /// <summary>Of a prediction [B, C, h, w]; in the current scope.</summary>
    /// <param name="weights">Of each sample; null: all weigh 1.</param>
    public static LossTerms Of(Tensor predicted, TrainingBatch batch, double priorWeight = 1, float[]? weights = null)
    {
        var priors = Rows.Of(Enumerable.Range(0, batch.Shots.Count).Where(i => batch.Shots[i].IsPrior));
        if (!priors.AnyIn(batch.Shots.Count)) return new(new WeightedTerm(LossTerms.Noise, Error(Rows.All)));
        var objects = Rows.Of(Enumerable.Range(0, batch.Shots.Count).Where(i => !batch.Shots[i].IsPrior));
        return new(new WeightedTerm(LossTerms.Noise, Error(objects)), new WeightedTerm("prior", Error(priors), priorWeight));

        Tensor Error(Rows rows)
        {
            var (found, wanted) = (rows.Pick(predicted), rows.Pick(batch.Noise));
            var mask = batch.LossMask is null ? null : rows.Pick(batch.LossMask);
            if (weights is null) return MeanSquare(found, wanted, mask);
            return (Each(found, wanted, mask) * rows.Pick(NewTensor.Of(weights, found.device))).mean();
        }
    }

    /// <summary>The mean squared error, scalar in the current scope: each sample is the mean over what its mask shows.</summary>
    /// <param name="mask">Weight of each cell [B, 1, h, w]; null: all count alike.</param>
    public static Tensor MeanSquare(Tensor predicted, Tensor noise, Tensor? mask) =>
        mask is null ? F.mse_loss(predicted, noise) : Each(predicted, noise, mask).mean();

    /// <summary>Of each sample [B]. One whose mask shows nothing counts 0.</summary>
    private static Tensor Each(Tensor predicted, Tensor noise, Tensor? mask)
    {
        using var scope = NewDisposeScope();
        var squares = (predicted - noise).square().mean([1], keepdim: true);
        return (mask is null ? squares.mean([1, 2, 3]) : (squares * mask).sum([1, 2, 3]) / mask.sum([1, 2, 3]).AtLeast(1e-6))
            .MoveToOuterDisposeScope();
    }
}
