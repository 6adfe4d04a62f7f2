using ViCo.Engine;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Methods.VisualCondition;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Options;

namespace ViCo.Benchmarks.PlainPath;

/// <summary>
/// A training step that does the work of ViCo's official code, less those <paramref name="changes"/>; same modules, same
/// numbers as <see cref="VisualConditionMethod"/>.
/// </summary>
internal sealed class PlainVisualCondition(BaseModel model, Concept concept, Changes changes)
{
    private readonly ImageCrossAttention _blocks = concept.Part<ImageBlocks>()!.Modules;

    /// <summary>The batch of a step from <paramref name="dataset"/>; without cached moments its photos pass the encoder now.</summary>
    /// <param name="pixels">The dataset's photos [P, 3, H, W] in [-1, 1].</param>
    public TrainingBatch Batch(ConceptDataset dataset, Tensor pixels, int step)
    {
        if (changes.HasFlag(Changes.CachedMoments)) return dataset.Batch(step);
        using var attention = Attention();
        using var noGrad = no_grad();
        return dataset.Batch(step, rows => model.Vae.Moments(pixels.index_select(0, tensor(rows).to(model.Device))));
    }

    /// <summary>The loss of a batch, differentiable; in the caller's scope.</summary>
    public LossTerms Loss(TrainingBatch batch)
    {
        using var attention = Attention();
        using var scope = NewDisposeScope();
        using var positions = TokenPositions.Of(batch.Prompts, model.Device);
        var context = Encode(batch);
        if (!changes.HasFlag(Changes.OneTextPass)) Encode(batch).Dispose();
        var noisy = model.Schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
        var timesteps = tensor([.. batch.Timesteps.Select(t => (long)t)]).to(model.Device);

        Func<Tensor, int, Tensor> otsu = changes.HasFlag(Changes.BatchedOtsu) ? Otsu.Mask : LoopOtsu.Mask;
        var pairs = new PhotoPairs(noisy, batch.Noise, batch.References!, timesteps, context, positions) { Masks = otsu };
        var (noise, regularization) = changes.HasFlag(Changes.SharedReference)
            ? VisualConditionMethod.Loss(model.UNet, _blocks, pairs, concept.Options.Values)
            : TwoPasses(pairs, otsu);
        return new LossTerms(
            new(LossTerms.Noise, noise),
            new(VisualConditionMethod.EndOfText, regularization, concept.Options.Get(VisualConditionOption.RegularizationWeight)))
                .MoveToOuterDisposeScope();
    }

    private Tensor Encode(TrainingBatch batch) =>
        model.TextEncoder.call(model.Ids(batch.Prompts), concept.Join(new() { Prompts = batch.Prompts }, Share.Whole));

    /// <summary>First the whole reference pass, then the noisy one.</summary>
    private (Tensor Noise, Tensor Regularization) TwoPasses(PhotoPairs pairs, Func<Tensor, int, Tensor> otsu)
    {
        var (text, options) = (new AttentionContext(pairs.Text), concept.Options.Values);
        using var features = WholePass.Compute(model.UNet, pairs.References, pairs.Timesteps, text, _blocks.Layers);
        var masks = ObjectMask.Masks(features, pairs.Positions.Placeholder, options.Get(VisualConditionOption.OtsuBins), otsu);
        var image = new ImageAttention().Add(_blocks, new(Rows.All, ObjectMask.Contexts(features, masks, options)));
        var predicted = model.UNet.call(pairs.Noisy, pairs.Timesteps, text, new(image));
        return (F.mse_loss(predicted, pairs.Noise), ObjectMask.Regularization(features, pairs.Positions, options).mean());
    }

    private UnfusedAttention? Attention() => changes.HasFlag(Changes.FusedAttention) ? null : new();
}
