using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Text;

namespace ViCo.Engine.Methods;

/// <summary>
/// A learned object beside a base model, or several learned together: what is known about it, and its parts. Owns the parts.
/// </summary>
internal sealed class Concept : IDisposable
{
    private readonly ClipTokenizer _tokenizer;

    private Concept(BaseModel model, IMethod method, TrainingOptions options, IReadOnlyList<string> initWords, int step = 0)
    {
        (_tokenizer, Options) = (model.Tokenizer, options);
        Metadata = new(model.Defaults.Name, model.Digest, method.Options.Name, options.ToJson(), step, initWords[0])
        {
            OtherInitWords = [.. initWords.Skip(1)],
        };
        Parts = method.Parts(model, options, initWords);
    }

    private Concept(Concept whole, IReadOnlyList<IPart> parts) =>
        (_tokenizer, Options, Metadata, Parts) = (whole._tokenizer, whole.Options, whole.Metadata, parts);

    /// <summary>As they were when the concept was made or loaded; <see cref="Write"/> writes the step it is given.</summary>
    public ConceptMetadata Metadata { get; }

    public TrainingOptions Options { get; }

    public IReadOnlyList<IPart> Parts { get; }

    /// <summary>How many objects it has.</summary>
    public int Objects => Metadata.InitWords.Count;

    /// <summary>Whether it changes what the networks make of a text that does not name it.</summary>
    public bool TouchesOtherTexts => Parts.Any(p => p.TouchesOtherTexts);

    /// <summary>A concept before its first step.</summary>
    /// <param name="initWords">One per object.</param>
    /// <exception cref="ArgumentException">An init word is empty, or a part cannot be made so; the message says why.</exception>
    public static Concept Create(BaseModel model, IMethod method, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        if (initWords.FirstOrDefault(word => model.Tokenizer.Tokenize(word).Count == 0) is { } empty)
            throw new ArgumentException(
                $"Init word '{empty}' holds no word; wanted one near the object's class, such as teapot or object.");
        var concept = new Concept(model, method, options, initWords);
        try
        {
            var seed = options.Get(TrainingOption.Seed);
            using var random = new Generator(new StepRandom(seed, StepRandom.Purpose.BlockInitialization, 0).Next());
            foreach (var part in concept.Parts) part.Create(random);
            return concept;
        }
        catch
        {
            concept.Dispose();
            throw;
        }
    }

    /// <summary>Loads a checkpoint, frozen.</summary>
    /// <exception cref="InvalidDataException">It belongs to another base model or an unknown method, or its tensors do not
    /// fit; all misfits are listed.</exception>
    public static Concept Load(BaseModel model, IReadOnlyList<IMethod> methods, StoredFile checkpoint)
    {
        using var file = SafetensorsFile.Open(checkpoint);
        var metadata = ConceptMetadata.FromEntries(file.Metadata);
        if (metadata.BaseDigest != model.Digest)
        {
            throw new InvalidDataException(
                $"'{checkpoint.Name}' was trained beside base model '{metadata.BaseModel}' ({metadata.BaseDigest}); "
                + $"this engine holds '{model.Defaults.Name}' ({model.Digest}).");
        }
        var method = methods.FirstOrDefault(m => m.Options.Name == metadata.Method) ?? throw new InvalidDataException(
            $"'{checkpoint.Name}' was trained by method '{metadata.Method}'; this engine has: "
                + $"{string.Join(", ", methods.Select(m => m.Options.Name))}.");
        var concept = new Concept(model, method, TrainingOptions.FromJson(metadata.OptionsJson), metadata.InitWords, metadata.Step);
        try
        {
            if (StateDict.Misfits(concept.NamedTensors().Select(t => (t.Name, t.Parameter.shape)), file, key =>
                key, "this concept") is { } misfits)
                throw new InvalidDataException(misfits);
            foreach (var part in concept.Parts) part.Fill(file);
            return concept;
        }
        catch
        {
            concept.Dispose();
            throw;
        }
    }

    /// <summary>The same concept with these parts in place of its own; whoever made them disposes of them.</summary>
    public Concept With(IReadOnlyList<IPart> parts) => new(this, parts);

    /// <summary>Its part of a kind, or null where it has none.</summary>
    public T? Part<T>()
        where T : class, IPart => Parts.OfType<T>().FirstOrDefault();

    /// <summary>A prompt that may name the concept's objects, as <see cref="PlaceholderForms"/> says.</summary>
    public TokenizedPrompt Read(string prompt) => _tokenizer.Encode(prompt, PlaceholderForms.In(prompt, Objects), Names);

    /// <summary>The ids that stand for each object in texts; null: one of its own each.</summary>
    public IReadOnlyList<IReadOnlyList<int>>? Names => Part<PlaceholderRows>()?.Ids;

    /// <summary>Every tensor of the concept under its name in files.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedTensors() => Parts.SelectMany(p => p.Tensors);

    /// <summary>Lets all parts take part in a pass, on this concept's rows.</summary>
    public Adaptation Join(Adaptation pass, Share share)
    {
        foreach (var part in Parts) part.Join(pass, share);
        return pass;
    }

    /// <summary>What an optimizer moves, part by part.</summary>
    public IReadOnlyList<ParameterGroup> ParameterGroups() =>
        [.. Parts.Select(p => new ParameterGroup(p.LearningRate, p.Tensors) { EveryStep = p.LearnsEveryStep })];

    /// <summary>
    /// Writes the checkpoint after <paramref name="step"/> steps, tensor by tensor; in float16 where
    /// <see cref="TrainingOption.Half"/> says so.
    /// </summary>
    public void Write(Stream output, int step)
    {
        var tensors = NamedTensors().Select(t => KeyValuePair.Create<string, Tensor>(t.Name, t.Parameter));
        var metadata = (Metadata with { Step = step }).ToEntries().Concat(Parts.SelectMany(p => p.HeaderEntries)).ToDictionary();
        if (Options.Get(TrainingOption.Half)) SafetensorsWriter.WriteHalf(output, tensors, metadata);
        else SafetensorsWriter.Write(output, tensors, metadata);
    }

    /// <summary>Whether every trained number is finite. Asks the device once.</summary>
    public bool IsFinite()
    {
        using var scope = NewDisposeScope();
        return HostRead.Flag(stack([.. NamedTensors().Select(t => t.Parameter.detach().isfinite().all())]).all());
    }

    public void Dispose()
    {
        foreach (var part in Parts) part.Dispose();
    }
}
