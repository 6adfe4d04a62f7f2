using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.CatVersion;

/// <summary>
/// CatVersion: the class's own word stands for the object, and a prefix in the text tower makes it this one. Zhao et al. 2023
/// (arXiv:2311.14631).
/// </summary>
/// <remarks>A placeholder in a prompt means the init word itself.</remarks>
internal sealed class CatVersionMethod : IMethod
{
    public MethodOptions Options => CatVersionOption.All;

    public IReadOnlyList<IConceptFormat> Formats { get; } = [new AdapterFile()];

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords) =>
        [new PlaceholderRows(model, [.. initWords.Select(ObjectName.Of)], 0), new TextPrefix(model, options.Values)];

    /// <summary>The rows of a published file follow from its length: it is always of three layers.</summary>
    public OptionValues OptionsOf(ConceptWeights weights, BaseModel model)
    {
        var row = (long)AdapterFile.Layers * 2 * model.TextEncoder.Config.Width;
        return weights.Others.TryGetValue(TextPrefix.Key, out var rows) && rows.numel() % row == 0 && rows.numel() / row is >= 1 and <= 64
            ? OptionValues.None.With(CatVersionOption.PrefixLength, (int)(rows.numel() / row)) : OptionValues.None;
    }

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => NoiseLoss.Of(adapted, batch);
}
