using ViCo.Engine.Datasets;
using ViCo.Engine.Models;

namespace ViCo.Engine.Methods;

/// <summary>
/// The plain loss of a denoising network, which most methods minimise: the mean squared error of the
/// noise. Ho et al. 2020 (DDPM), equation 14.
/// </summary>
internal static class NoiseLoss
{
    /// <summary>
    /// Of one pass over the batch: term <c>noise</c> over the object's samples, and term <c>prior</c>
    /// over those of its class where there are any.
    /// </summary>
    /// <param name="priorWeight">Weight of the prior term. Ruiz et al. 2023 (arXiv:2208.12242), section 3.2.</param>
    public static LossTerms Of(Adapted adapted, TrainingBatch batch, double priorWeight = 1)
    {
        using var scope = NewDisposeScope();
        var (pass, text) = adapted.Read(batch.Prompts);
        var (noisy, timesteps) = adapted.Noisy(batch);
        adapted.MergeTokens(pass, noisy, batch.Timesteps);
        var predicted = adapted.UNet(pass).call(noisy, timesteps, new(text), pass);
        return Of(predicted, batch, priorWeight).MoveToOuterDisposeScope();
    }

    /// <summary>Of a prediction [B, C, h, w]; in the current scope.</summary>
    public static LossTerms Of(Tensor predicted, TrainingBatch batch, double priorWeight = 1)
    {
        var priors = Rows.Of(Enumerable.Range(0, batch.Shots.Count).Where(i => batch.Shots[i].IsPrior));
        if (!priors.AnyIn(batch.Shots.Count)) return new(new WeightedTerm(LossTerms.Noise, Error(Rows.All)));
        var objects = Rows.Of(Enumerable.Range(0, batch.Shots.Count).Where(i => !batch.Shots[i].IsPrior));
        return new(new WeightedTerm(LossTerms.Noise, Error(objects)), new WeightedTerm("prior", Error(priors), priorWeight));

        Tensor Error(Rows rows)
        {
            var (found, wanted) = (rows.Pick(predicted), rows.Pick(batch.Noise));
            if (batch.LossMask is null) return F.mse_loss(found, wanted);
            // Each sample is the mean over what its mask shows.
            var mask = rows.Pick(batch.LossMask);
            var squares = (found - wanted).square().mean([1], keepdim: true) * mask;
            return (squares.sum([1, 2, 3]) / mask.sum([1, 2, 3])).mean();
        }
    }
}
