using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>
/// Another method that learns from as many pictures of the object's class in every step, so that the class stays what it was. Ruiz et al.
/// 2023, DreamBooth (arXiv:2208.12242), section 3.2.
/// </summary>
/// <remarks>The class's pictures are what the base model itself draws, unless users give some.</remarks>
/// <param name="inner">Its loss must weigh prior samples apart, as <see cref="NoiseLoss"/> does.</param>
/// <param name="options">The name and options of both together.</param>
internal sealed class PriorPreservation(IMethod inner, MethodOptions options) : IMethod
{
    public MethodOptions Options => options;

    /// <summary>The other method's, where it is not in the list of methods for itself.</summary>
    public IReadOnlyList<IConceptFormat> Formats => inner.Options == options ? inner.Formats : [];

    public OptionValues OptionsOf(ConceptWeights weights, BaseModel model) => inner.OptionsOf(weights, model);

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords) =>
        inner.Parts(model, options, initWords);

    public ITrainingData Data(BaseModel model, Concept concept, TrainingSources sources)
    {
        if (concept.Options.Get(PriorOption.PriorWeight) == 0) return inner.Data(model, concept, sources);
        var classes = new List<ClassSet>();
        try
        {
            foreach (var word in concept.Metadata.InitWords) classes.Add(sources.Classes.Of(model, word, concept.Options, sources));
            return new PriorData(inner.Data(model, concept, sources), model, classes, concept.Options);
        }
        catch
        {
            classes.ForEach(set => set.Dispose());
            throw;
        }
    }

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => inner.Loss(adapted, batch);
}
