using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.TextualInversion;

/// <summary>Textual Inversion: S★ alone, one vector or several, the plain denoising loss. Gal et al. 2022 (arXiv:2208.01618).</summary>
internal sealed class TextualInversionMethod : IMethod
{
    public MethodOptions Options => TextualInversionOption.All;

    public IReadOnlyList<IConceptFormat> Formats { get; } =
        [new WebUiFile(), new BareTensorFile(), new DiffusersFile(), new PublishedFile()];

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords) =>
        [PlaceholderRows.Of(model, options, initWords, options.Get(TextualInversionOption.Vectors))];

    public OptionValues OptionsOf(ConceptWeights weights, BaseModel model) => weights.Embedding is not { } word ? OptionValues.None
        : OptionValues.None.With(TextualInversionOption.Vectors, (int)word.shape[0]);

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => NoiseLoss.Of(adapted, batch);
}
