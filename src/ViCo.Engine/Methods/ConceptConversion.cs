using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Options;

namespace ViCo.Engine.Methods;

/// <summary>Turns concepts of other programs into ours, and any into those of others.</summary>
/// <remarks>
/// Files of one concept are one, or for ViCo's official code both <c>embeddings_gs-N.pt</c> and <c>cross_attention-N.pt</c>.
/// </remarks>
public static class ConceptConversion
{
    /// <summary>Writes our single file, ready to draw with.</summary>
    /// <param name="files">Of one concept, in any format but ours.</param>
    /// <param name="baseModel">Folder or file of the base model that it was trained beside; nobody else's files say which.</param>
    /// <param name="write">Given what the file says about itself (its step is 0 where no file tells) and the writer of its bytes,
    /// once everything is known to fit.</param>
    /// <param name="half">In float16: half the bytes.</param>
    /// <exception cref="InvalidDataException">A file is damaged or no concept, or its tensors do not fit beside the base
    /// model; all misfits are named.</exception>
    /// <exception cref="ArgumentException">The concept is ours already.</exception>
    public static void Import(
        IReadOnlyList<string> files, string baseModel, string initWord, Action<ConceptMetadata, Action<Stream>> write, bool half = false)
    {
        using var read = ConceptImport.Read(files);
        if (read.Metadata is { } ours)
            throw new ArgumentException($"{Names(files)} is ours already, trained beside '{ours.BaseModel}'.");

        using var model = BaseModelFiles.Open(baseModel);
        using var concept = Completed(read, model);
        var (options, tensors) = MadeBy(concept, model, initWord);
        var metadata = new ConceptMetadata(
            model.Defaults.Name, model.Digest(), options.Get(TrainingOption.Method), options.ToJson(), concept.Step ?? 0,
            initWord);
        using var found = new HeldTensors(string.Join("', '", files), concept.Named());
        if (StateDict.Misfits(tensors, found, key => key, $"beside base model '{model.Defaults.Name}'") is { } misfits)
            throw new InvalidDataException(misfits);
        write(metadata, output =>
        {
            if (half) SafetensorsWriter.WriteHalf(output, concept.Named(), metadata.ToEntries());
            else SafetensorsWriter.Write(output, concept.Named(), metadata.ToEntries());
        });
    }

    /// <summary>
    /// A concept's file ready to draw with: itself where it is ours, else what <see cref="Import"/> makes of it, in memory.
    /// </summary>
    /// <inheritdoc cref="Import"/>
    public static StoredFile Ready(string file, string baseModel, string initWord)
    {
        using (var concept = ConceptImport.Read([file]))
        {
            if (concept.Metadata is not null) return StoredFile.At(file);
        }
        using var made = new MemoryStream();
        Import([file], baseModel, initWord, (_, write) => write(made));
        var content = made.ToArray();
        return new(file, () => new MemoryStream(content));
    }

    /// <summary>The names of formats that <see cref="Export"/> writes.</summary>
    public static IReadOnlyList<string> Formats { get; } = [.. KnownMethods.All.SelectMany(m => m.Formats).Select(f => f.Name)];

    /// <summary>Writes a concept as another program reads it; what that program has no place for stays behind.</summary>
    /// <param name="files">Of one concept, in any format.</param>
    /// <param name="format">One of <see cref="Formats"/>.</param>
    /// <param name="path">A new file, or for <c>upstream</c> a folder, made where it is not there.</param>
    /// <param name="placeholder">The word that prompts will have for it there, such as <c>&lt;my-teapot&gt;</c>; null: the files'
    /// own, or the program's usual one.</param>
    /// <param name="baseModel">Folder or file of the base model, for a format that keeps what differs from it.</param>
    /// <returns>The paths written.</returns>
    /// <exception cref="InvalidDataException">A file is damaged or no concept, or the concept lacks what the program needs.</exception>
    /// <exception cref="ArgumentException">There is no such format, or the path is taken or ends in something
    /// else than the program takes.</exception>
    public static IReadOnlyList<string> Export(IReadOnlyList<string> files, string format, string path, string? placeholder = null,
        string? baseModel = null)
    {
        var writer = KnownMethods.All.SelectMany(m => m.Formats).FirstOrDefault(f => f.Name == format)
            ?? throw new ArgumentException($"There is no format '{format}'; there are: {string.Join(", ", Formats)}.");
        using var concept = ConceptImport.Read(files);
        using var model = baseModel is null ? null : BaseModelFiles.Open(baseModel);
        return writer.Write(concept with { Base = model }, path, placeholder);
    }

    /// <summary>The concept with all tensors, where its file tells only what differs from the base model.</summary>
    private static ConceptWeights Completed(ConceptWeights read, BaseModelFiles model)
    {
        using var noGrad = no_grad();
        var tensors = KnownMethods.All.SelectMany(m => m.Formats).Aggregate(read.Others, (some, format) => format.Completed(some, model));
        return ReferenceEquals(tensors, read.Others) ? read : read with { Embedding = read.Embedding?.alias(), Others = tensors };
    }

    /// <summary>The method whose concepts have most of the tensors, and as little as possible besides; and what it has.</summary>
    private static (TrainingOptions Options, List<(string Name, long[] Shape)> Tensors) MadeBy(ConceptWeights concept, BaseModelFiles files,
        string initWord)
    {
        using var blueprint = BaseModel.Blueprint(files);
        var found = concept.Named().Select(t => t.Key).ToHashSet(StringComparer.Ordinal);
        return KnownMethods.All.Select(method =>
        {
            // Resized as ViCo's official code made its references square.
            var told = OptionValues.None.With(TrainingOption.Method, method.Options.Name).With(TrainingOption.Resize, "squash");
            var options = TrainingOptions.From(
                files.Defaults, method.OptionsOf(concept, blueprint).Over(concept.Said).Over(told));
            var parts = method.Parts(blueprint, options, [initWord]);
            List<(string Name, long[] Shape)> tensors = [.. parts.SelectMany(p => p.Tensors).Select(t => (t.Name, t.Parameter.shape))];
            foreach (var part in parts) part.Dispose();
            return (options, tensors);
        }).MaxBy(m => (m.tensors.Count(t => found.Contains(t.Name)), -m.tensors.Count));
    }

    private static string Names(IEnumerable<string> files) => string.Join(", ", files.Select(f => $"'{f}'"));
}
