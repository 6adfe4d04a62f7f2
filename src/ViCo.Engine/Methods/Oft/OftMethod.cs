using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.DreamBoothLora;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.Oft;

/// <summary>
/// Orthogonal fine-tuning: as DreamBooth, a rare word in front of the class, with rotations in the U-Net's attentions. Qiu et al. 2023
/// (arXiv:2306.07280).
/// </summary>
internal sealed class OftMethod : IMethod
{
    public MethodOptions Options => OftOption.All;

    public IReadOnlyList<IConceptFormat> Formats { get; } = [new OftFile(), new PeftOftFile()];

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        var rotations = Rotations.Of(model, options.Values);         // first: it may refuse its blocks
        return [new PlaceholderRows(model, DreamBoothLoraMethod.NamesOf(options, initWords), 0), rotations];
    }

    /// <summary>How many blocks a file's layers have, or that they share one.</summary>
    public OptionValues OptionsOf(ConceptWeights weights, BaseModel model)
    {
        if (weights.Others.FirstOrDefault(t => t.Key.EndsWith(Rotations.Mark, StringComparison.Ordinal)) is not { Key: { } key } found)
            return OptionValues.None;
        if (found.Value.Dimensions == 3) return OptionValues.None.With(OftOption.OftBlocks, (int)found.Value.shape[0]);
        var layer = NetworkLayer.Of(model).FirstOrDefault(l => Rotations.KeyOf(l.Path) == key);
        return layer is null ? OptionValues.None
            : OptionValues.None.With(OftOption.OftShared, true)
                .With(OftOption.OftBlocks, (int)(layer.Weight.shape[1] / Math.Max(1, found.Value.shape[^1])));
    }

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => NoiseLoss.Of(adapted, batch);
}
