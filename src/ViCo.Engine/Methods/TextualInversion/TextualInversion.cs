using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;

namespace ViCo.Engine.Methods;

/// <summary>Textual Inversion: S★ alone, the plain denoising loss. Gal et al. 2022 (arXiv:2208.01618).</summary>
internal sealed class TextualInversion(BaseModel model, Concept concept) : IPersonalizationMethod
{
    public IReadOnlyList<ParameterGroup> ParameterGroups { get; } = [EmbeddingGroup(concept)];

    public LossParts Loss(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        var context = model.TextEncoder.call(model.Ids(batch.Prompts), concept.Placeholders(batch.Prompts));
        var noisy = model.Schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
        var timesteps = tensor([.. batch.Timesteps.Select(t => (long)t)]).to(model.Device);
        var merging = TokenMerging.Of(concept.Options.TokenMerging)?.Around(null, noisy, [.. batch.Timesteps]);
        var noise = F.mse_loss(model.UNet.call(noisy, timesteps, new(context), merging), batch.Noise);
        return new(noise.alias().MoveToOuterDisposeScope(), noise.MoveToOuterDisposeScope(), zeros(1).MoveToOuterDisposeScope());
    }

    /// <summary>S★ at its rate; the official code multiplies the rate by the batch size, which is a switch.</summary>
    public static ParameterGroup EmbeddingGroup(Concept concept) => new(
        concept.Options.EmbeddingLearningRate * (concept.Switches.ScaleEmbeddingLearningRate ? concept.Options.BatchSize : 1),
        [.. concept.NamedEmbeddings()]);
}
