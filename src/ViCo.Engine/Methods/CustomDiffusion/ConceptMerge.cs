using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Methods.CustomDiffusion;

/// <summary>
/// Joins Custom Diffusion's concepts of one object each into one of several objects, without training: <see cref="ConstrainedMerge"/>.
/// </summary>
public static class ConceptMerge
{
    /// <summary>
    /// Beside the sum over the captions, so that it can be inverted whatever they leave out: this share of its mean over the diagonal.
    /// </summary>
    private const double Ridge = 1e-6;

    /// <summary>Makes the concept of all their objects, in their order.</summary>
    /// <param name="concepts">2 to <see cref="TrainingRequest.MaxObjects"/>; no two need have the same init word.</param>
    /// <param name="baseModel">Folder or file of the base model that all were trained beside.</param>
    /// <param name="write">Given what the new file says about itself and the writer of its bytes.</param>
    /// <exception cref="InvalidDataException">A file is no such concept, or belongs to another base model.</exception>
    /// <exception cref="ArgumentException">Too few concepts, or too many.</exception>
    public static void Write(IReadOnlyList<StoredFile> concepts, string baseModel, Action<ConceptMetadata, Action<Stream>> write)
    {
        if (concepts.Count is < 2 or > TrainingRequest.MaxObjects)
            throw new ArgumentException($"{concepts.Count} concepts; wanted 2 to {TrainingRequest.MaxObjects} to join.");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = BaseModel.Load(baseModel, CPU);
        var parts = new List<Concept>();
        try
        {
            foreach (var file in concepts) parts.Add(Load(model, file));
            using var joined = Concept.Create(
                model, KnownMethods.All.Named(CustomDiffusionOption.Method), parts[0].Options,
                [.. parts.Select(part => part.Metadata.InitWord)]);
            Fill(model, joined, parts);
            write(joined.Metadata, output => joined.Write(output, parts.Max(part => part.Metadata.Step)));
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    private static Concept Load(BaseModel model, StoredFile file)
    {
        var concept = Concept.Load(model, KnownMethods.All, file);
        var why = concept.Metadata.Method != CustomDiffusionOption.Method ? $"is a concept of method '{concept.Metadata.Method}'"
            : concept.Objects > 1 ? "holds several objects already"
            : concept.Options.Get(CustomDiffusionOption.CustomLayers) == CustomDiffusionOption.WholeAttention
                ? "has queries and outputs of its own, which do not depend on the text" : null;
        if (why is null) return concept;
        concept.Dispose();
        throw new InvalidDataException(
            $"'{file.Name}' {why}; wanted a concept of {CustomDiffusionOption.Method} with one object and its own keys and values.");
    }

    private static void Fill(BaseModel model, Concept joined, IReadOnlyList<Concept> parts)
    {
        // The words: each object's own.
        var words = joined.Part<PlaceholderRows>()!.Tensors;
        foreach (var (word, part) in words.Zip(parts)) word.Parameter.copy_(part.Part<PlaceholderRows>()!.Tensors[0].Parameter);

        // What each object's own words come to, from the learned one to the end of the text.
        var inputs = parts.Select(part => OwnFeatures(model, part)).ToList();
        var all = cat([.. inputs]);
        var distinct = NewTensor.Of([.. ConstrainedMerge.Distinct(all).Select(row => (long)row)], all.device);
        var others = OtherTexts(model, [.. parts.Select(part => part.Metadata.InitWord)]);
        var weights = parts.Select(part => part.Part<ReplacedLayers>()!.Tensors.ToDictionary(t => t.Name, t => t.Parameter)).ToList();
        foreach (var (name, parameter) in joined.Part<ReplacedLayers>()!.Tensors)
        {
            using var one = NewDisposeScope();
            var wanted = cat([.. inputs.Zip(weights, (rows, own) => rows.mm(own[name].t()))]);
            // A new concept begins with the base model's own weights.
            parameter.copy_(ConstrainedMerge.Of(
                parameter, all.index_select(0, distinct), wanted.index_select(0, distinct), others));
        }
    }

    /// <summary>The text tower's states of a caption [n, width], from S★ to the end of the text.</summary>
    private static Tensor OwnFeatures(BaseModel model, Concept concept)
    {
        var prompt = concept.Read("a photo of a *");
        var pass = concept.Join(new() { Prompts = [prompt] }, Share.Whole);
        var first = prompt.Placeholders[0].Column;
        return model.Read([prompt], pass).select(0, 0).narrow(0, first, prompt.EndOfText - first + 1);
    }

    /// <summary>The sum of x xᵀ over the states of captions of the classes, padding included [width, width].</summary>
    private static Tensor OtherTexts(BaseModel model, IReadOnlyList<string> classes)
    {
        using var scope = NewDisposeScope();
        var sum = NewTensor.Zeros([model.TextEncoder.Config.Width, model.TextEncoder.Config.Width], ScalarType.Float64, model.Device);
        var captions = PromptTemplates.Of("").Distinct().SelectMany(form => classes.Distinct().Select(word => form.Replace("*", word)));
        foreach (var some in captions.Chunk(16))
        {
            using var pass = NewDisposeScope();
            TokenizedPrompt[] prompts = [.. some.Select(caption => model.Tokenizer.Encode(caption))];
            var states = model.Read(prompts, null).flatten(0, 1).to(ScalarType.Float64);
            sum.AddInPlace(states.t().mm(states));
        }
        var ridge = NewTensor.Ones([sum.shape[0]], ScalarType.Float64, model.Device).diag() * sum.diag().mean().Times(Ridge);
        return sum.Plus(ridge).MoveToOuterDisposeScope();
    }
}
