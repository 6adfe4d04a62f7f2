using ViCo.Engine.Datasets;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Methods;

/// <summary>A base model as a concept sees it while it is trained: the concept's parts take part in every pass. Owns neither.</summary>
/// <param name="recomputes">See <see cref="Adaptation.Recomputes"/>.</param>
internal sealed class Adapted(BaseModel model, Concept concept, bool recomputes = false)
{
    public BaseModel Model => model;

    public Concept Concept => concept;

    /// <summary>Encodes captions; the pass with the concept's guests then serves the U-Net too.</summary>
    /// <returns>The text [prompts, T, D] in the current scope.</returns>
    public (Adaptation Pass, Tensor Text) Read(IReadOnlyList<TokenizedPrompt> prompts)
    {
        var pass = concept.Join(new() { Prompts = prompts, Recomputes = recomputes }, Share.Whole);
        return (pass, model.Read(prompts, pass));
    }

    /// <summary>The U-Net of a pass.</summary>
    public UNet2DConditionModel UNet(Adaptation pass) => pass.UNet ?? model.UNet;

    /// <summary>A batch's latents with its noise, and its timesteps [B]; in the current scope.</summary>
    public (Tensor Latents, Tensor Timesteps) Noisy(TrainingBatch batch)
    {
        var timesteps = NewTensor.Of([.. batch.Timesteps.Select(t => (long)t)], model.Device);
        var weights = model.Tables.Of(nameof(NoiseSchedule.Weights), model.Schedule.Weights);
        return (NoiseSchedule.AddNoise(batch.Latents, batch.Noise, weights, timesteps), timesteps);
    }

    /// <summary>Lets the U-Net merge tokens in this pass, where the training's options say so.</summary>
    /// <param name="latents">Of the whole pass [B, C, h, w].</param>
    /// <param name="timesteps">One per row.</param>
    public void MergeTokens(Adaptation pass, Tensor latents, IEnumerable<int> timesteps)
    {
        if (TokenMerging.Of(concept.Options.Get(TrainingOption.TokenMerging), model.Tables) is { } merging) pass.Blocks.Add(
            merging.In(latents, [.. timesteps]));
    }
}
