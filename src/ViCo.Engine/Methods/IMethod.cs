using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>One way to teach a base model an object. Stateless; nothing outside its folder asks which one made a concept.</summary>
internal interface IMethod
{
    /// <summary>
    /// The name that requests, checkpoints and metadata know it by, and the options it has beside those of every training.
    /// </summary>
    MethodOptions Options { get; }

    /// <summary>Files of other programs that hold its concepts.</summary>
    IReadOnlyList<IConceptFormat> Formats => [];

    /// <summary>
    /// The options under which a concept of other programs' files is one of this method's: what else there is to say than its name.
    /// </summary>
    /// <param name="model">May have no numbers.</param>
    OptionValues OptionsOf(ConceptWeights weights, BaseModel model) => OptionValues.None;

    /// <summary>What its concepts are made of, in the order of their tensors in files; without numbers yet.</summary>
    /// <param name="initWords">One per object.</param>
    /// <exception cref="ArgumentException">An option does not fit the model.</exception>
    IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords);

    /// <summary>What a concept learns from.</summary>
    ITrainingData Data(BaseModel model, Concept concept, TrainingSources sources) =>
        new ConceptDataset(model, sources.Objects, concept.Options, concept.Names, new() { Notes = sources.Notes });

    /// <summary>The loss of one batch, differentiable; in the caller's scope.</summary>
    LossTerms Loss(Adapted adapted, TrainingBatch batch);
}
