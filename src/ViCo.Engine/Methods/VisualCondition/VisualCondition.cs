using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;

namespace ViCo.Engine.Methods;

/// <summary>ViCo: S★ and the image blocks learn from pairs of photos, one noisy, one clean. Hao et al. 2023 (arXiv:2306.00971), section 3.</summary>
internal sealed class VisualCondition(BaseModel model, Concept concept) : IPersonalizationMethod
{
    private readonly TokenMerging? _merging = TokenMerging.Of(concept.Options.TokenMerging);

    private readonly ImageCrossAttention _blocks = concept.ImageBlocks
        ?? throw new ArgumentException("This concept has no image blocks; train it by textual inversion.", nameof(concept));

    public IReadOnlyList<ParameterGroup> ParameterGroups { get; } =
    [
        TextualInversion.EmbeddingGroup(concept),
        new(concept.Options.BlockLearningRate, [.. concept.ImageBlocks!.NamedTensors()]) { EveryStep = true },
    ];

    public LossParts Loss(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        using var positions = TokenPositions.Of(batch.Prompts, model.Device);
        var context = model.TextEncoder.call(model.Ids(batch.Prompts), concept.Placeholders(batch.Prompts));
        var noisy = model.Schedule.AddNoise(batch.Latents, batch.Noise, batch.Timesteps);
        var timesteps = tensor([.. batch.Timesteps.Select(t => (long)t)]).to(model.Device);
        var (noise, regularization) = Loss(
            model.UNet, _blocks, noisy, timesteps, batch.References, context, positions, batch.Noise, concept.Switches,
            _merging is null ? null : inner => _merging.Around(inner, noisy, [.. batch.Timesteps, .. batch.Timesteps]));
        var total = noise.Plus(regularization.Times(concept.Options.RegularizationWeight));
        return new(total.MoveToOuterDisposeScope(), noise.MoveToOuterDisposeScope(), regularization.MoveToOuterDisposeScope());
    }

    /// <summary>Mean squared error of the noise, and the regulariser before its weight, mean over the batch.</summary>
    /// <param name="merging">Merges tokens of every noisy sample and every reference, each by its own; or null.</param>
    /// <param name="otsu">Masks from maps and bins; null: <see cref="Otsu.Mask"/>.</param>
    internal static (Tensor Noise, Tensor Regularization) Loss(
        UNet2DConditionModel unet, ImageCrossAttention blocks, Tensor noisy, Tensor timesteps, Tensor references, Tensor context,
        TokenPositions positions, Tensor noise, VisualConditionSwitches switches, Func<IBlockVisitor, IBlockVisitor>? merging = null,
        Func<Tensor, int, Tensor>? otsu = null)
    {
        using var scope = NewDisposeScope();
        var samples = noisy.shape[0];
        // Keys and values of a caption serve both paths.
        var text = new AttentionContext(context, TensorArithmetic.Counting(0, samples, ScalarType.Int64, context.device).repeat(2));
        using var pass = new JointPass(blocks, positions, switches, samples, otsu ?? Otsu.Mask);
        var predicted = unet.call(cat([noisy, references]), cat([timesteps, timesteps]), text, merging?.Invoke(pass) ?? pass);
        return (F.mse_loss(predicted, noise).MoveToOuterDisposeScope(), pass.Regularization().mean().MoveToOuterDisposeScope());
    }
}
