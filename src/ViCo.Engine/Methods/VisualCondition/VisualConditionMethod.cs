using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.VisualCondition;

/// <summary>
/// ViCo: S★ and the image blocks learn from pairs of photos, one noisy, one clean. Hao et al. 2023 (arXiv:2306.00971), section 3.
/// </summary>
internal sealed class VisualConditionMethod : IMethod
{
    /// <summary>Name of the regulariser's term, ViCo equation 6.</summary>
    public const string EndOfText = "end-of-text";

    public MethodOptions Options => VisualConditionOption.All;

    public IReadOnlyList<IConceptFormat> Formats { get; } = [new OfficialFiles()];

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        var blocks = new ImageBlocks(model, options);           // first: it may refuse its layers
        return [PlaceholderRows.Of(model, options, initWords), blocks];
    }

    public LossTerms Loss(Adapted adapted, TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        var (concept, references) = (adapted.Concept, batch.References!);
        using var positions = TokenPositions.Of(batch.Prompts, adapted.Model.Device);
        var (pass, text) = adapted.Read(batch.Prompts);
        var (noisy, timesteps) = adapted.Noisy(batch);
        adapted.MergeTokens(pass, noisy, [.. batch.Timesteps, .. batch.Timesteps]);
        var pairs = new PhotoPairs(noisy, batch.Noise, references, timesteps, text, positions)
        {
            Tables = adapted.Model.Tables, LossMask = batch.LossMask,
        };
        var (noise, endOfText) = Loss(adapted.UNet(pass), concept.Part<ImageBlocks>()!.Modules, pairs, concept.Options.Values, pass);
        return new LossTerms(
            new(LossTerms.Noise, noise),
            new(EndOfText, endOfText, concept.Options.Get(VisualConditionOption.RegularizationWeight))).MoveToOuterDisposeScope();
    }

    /// <summary>Mean squared error of the noise, and the regulariser before its weight, mean over the batch.</summary>
    /// <param name="pass">Guests beside the image blocks; null: none.</param>
    internal static (Tensor Noise, Tensor EndOfText) Loss(
        UNet2DConditionModel unet, ImageCrossAttention blocks, PhotoPairs pairs, OptionValues options, Adaptation? pass = null)
    {
        using var scope = NewDisposeScope();
        var samples = pairs.Noisy.shape[0];
        // Keys and values of a caption serve both paths.
        var rows = pairs.Tables?.Of((nameof(PhotoPairs), samples), Twice) ?? Twice(pairs.Text.device);
        var text = new AttentionContext(pairs.Text, rows);
        pass ??= new();
        using var joint = new JointPass(pass, blocks, pairs, options);
        pass.Blocks.Add(joint);
        var predicted = unet.call(cat([pairs.Noisy, pairs.References]), cat([pairs.Timesteps, pairs.Timesteps]), text, pass);
        var noise = NoiseLoss.MeanSquare(predicted, pairs.Noise, pairs.LossMask);
        return (noise.MoveToOuterDisposeScope(), joint.Regularization().mean().MoveToOuterDisposeScope());

        Tensor Twice(Device device) => TensorArithmetic.Counting(0, samples, ScalarType.Int64, device).repeat(2);
    }
}
