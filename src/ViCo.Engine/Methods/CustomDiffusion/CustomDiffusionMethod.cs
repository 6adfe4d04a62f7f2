using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.CustomDiffusion;

/// <summary>
/// Custom Diffusion: a word of the object's own in front of its class, and what the attention to text makes of texts. Kumari et al. 2023
/// (arXiv:2212.04488).
/// </summary>
/// <remarks>A placeholder in a prompt means the learned word and the init word, such as "&lt;new1&gt; teapot".</remarks>
internal sealed class CustomDiffusionMethod : IMethod
{
    /// <summary>Rare words that the objects' own start from, in the published code's order.</summary>
    private static readonly string[] Starts = ["ktn", "pll", "ucd", "sks"];

    public MethodOptions Options => CustomDiffusionOption.All;

    public IReadOnlyList<IConceptFormat> Formats { get; } = [new CustomDiffusionFiles(), new CompressedDeltas()];

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        var rate = options.Get(CustomDiffusionOption.CustomLearningRate);
        IReadOnlyList<string> ends = options.Get(CustomDiffusionOption.CustomLayers) == CustomDiffusionOption.WholeAttention
            ? ["to_q", "to_k", "to_v", "to_out.0"] : ["to_k", "to_v"];
        return
        [
            new PlaceholderRows(model, [.. initWords.Select((word, k) => new ObjectName(1, Starts[k % Starts.Length], word))], rate),
            new ReplacedLayers(model, ReplacedLayers.AttentionToText(model, ends), rate),
        ];
    }

    public OptionValues OptionsOf(ConceptWeights weights, BaseModel model) =>
        weights.Others.Keys.Any(k => k.Contains($"to_q{ReplacedLayers.Mark}", StringComparison.Ordinal))
            ? OptionValues.None.With(CustomDiffusionOption.CustomLayers, CustomDiffusionOption.WholeAttention) : OptionValues.None;

    public ITrainingData Data(BaseModel model, Concept concept, TrainingSources sources) => new ConceptDataset(
        model, sources.Objects, concept.Options, concept.Names,
        new() { Notes = sources.Notes, VariesSize = concept.Options.Get(CustomDiffusionOption.VarySize) });

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => NoiseLoss.Of(adapted, batch);
}
