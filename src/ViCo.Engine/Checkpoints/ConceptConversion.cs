using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.UNet;
using ViCo.Engine.Training;

namespace ViCo.Engine.Checkpoints;

/// <summary>Turns concepts of other programs into ours, and any into those of others.</summary>
/// <remarks>Files of one concept are one, or for ViCo's official code both <c>embeddings_gs-N.pt</c> and <c>cross_attention-N.pt</c>.</remarks>
public static class ConceptConversion
{
    /// <summary>Writes our single file, ready to draw with.</summary>
    /// <param name="files">Of one concept, in any format but ours.</param>
    /// <param name="baseModel">Folder or file of the base model that it was trained beside; nobody else's files say which.</param>
    /// <param name="write">Given what the file says about itself (its step is 0 where no file tells) and the writer of its bytes, once everything is known to fit.</param>
    /// <param name="half">In float16: half the bytes.</param>
    /// <exception cref="InvalidDataException">A file is damaged or no concept, or its tensors do not fit beside the base model; all misfits are named.</exception>
    /// <exception cref="ArgumentException">The concept is ours already.</exception>
    public static void Import(
        IReadOnlyList<string> files, string baseModel, string initWord, Action<ConceptMetadata, Action<Stream>> write, bool half = false)
    {
        using var concept = ConceptImport.Read(files);
        if (concept.Metadata is { } ours)
            throw new ArgumentException($"{Names(files)} is ours already, trained beside '{ours.BaseModel}'.");
        if (concept.Embedding.shape[0] != 1)
            throw new InvalidDataException($"{Names(files)}: {concept.Embedding.shape[0]} vectors stand for the object; this engine takes concepts of one.");

        using var model = BaseModelFiles.Open(baseModel);
        var options = TrainingOptions.From(model.Defaults, new()
        {
            Method = concept.ImageBlocks.Count > 0 ? TrainingOptions.VisualConditionMethod : TrainingOptions.TextualInversionMethod,
            Switches = new() { Resize = "squash" },         // as ViCo's official code made its references square
        });
        var metadata = new ConceptMetadata(model.Defaults.Name, model.Digest(), options.Method, options.ToJson(), concept.Step ?? 0, initWord);
        using var found = new HeldTensors(string.Join("', '", files), concept.Named());
        if (StateDict.Misfits(Expected(model, options), found, key => key, $"beside base model '{model.Defaults.Name}'") is { } misfits)
            throw new InvalidDataException(misfits);
        write(metadata, output =>
        {
            if (half) SafetensorsWriter.WriteHalf(output, concept.Named(), metadata.ToEntries());
            else SafetensorsWriter.Write(output, concept.Named(), metadata.ToEntries());
        });
    }

    /// <summary>Writes the two files of ViCo's official code: <c>cross_attention-N.pt</c> and <c>embeddings_gs-N.pt</c>, N counted from 0 as it does.</summary>
    /// <param name="folder">Made where it is not there.</param>
    /// <returns>The paths written.</returns>
    /// <exception cref="InvalidDataException">A file is damaged or no concept, or it has no image blocks.</exception>
    /// <exception cref="ArgumentException">A path is taken.</exception>
    public static IReadOnlyList<string> ExportUpstream(IReadOnlyList<string> files, string folder)
    {
        using var concept = ConceptImport.Read(files);
        if (concept.ImageBlocks.Count == 0)
            throw new InvalidDataException($"{Names(files)}: ViCo's official code needs image blocks, and it has none.");
        Directory.CreateDirectory(folder);
        var number = ConceptExport.UpstreamStep(concept.Step ?? 0);
        var (blocks, embedding) = (Path.Combine(folder, $"cross_attention-{number}.pt"), Path.Combine(folder, $"embeddings_gs-{number}.pt"));
        NewFile.Refuse(embedding);
        NewFile.Write(blocks, output => ConceptExport.WriteCrossAttention(output, concept));
        NewFile.Write(embedding, output => ConceptExport.WriteEmbeddings(output, concept));
        return [blocks, embedding];
    }

    /// <summary>Writes the embedding for diffusers (<c>learned_embeds</c>); image blocks, if any, stay behind.</summary>
    /// <param name="path"><c>.safetensors</c> or <c>.bin</c>.</param>
    /// <param name="placeholder">The word that prompts will have for it, such as <c>&lt;my-teapot&gt;</c>; null: the files' own, or <c>&lt;concept&gt;</c>.</param>
    /// <exception cref="InvalidDataException">A file is damaged or no concept.</exception>
    /// <exception cref="ArgumentException">The path is taken or ends in something else.</exception>
    public static void ExportDiffusers(IReadOnlyList<string> files, string path, string? placeholder = null)
    {
        using var concept = ConceptImport.Read(files);
        var word = placeholder ?? (concept.Placeholder is null or "*" ? "<concept>" : concept.Placeholder);
        NewFile.Write(path, Path.GetExtension(path) switch
        {
            ".safetensors" => output => ConceptExport.WriteLearnedEmbedsSafetensors(output, concept, word),
            ".bin" => output => ConceptExport.WriteLearnedEmbedsBin(output, concept, word),
            var other => throw new ArgumentException($"'{path}' ends in '{other}'; diffusers takes .safetensors or .bin."),
        });
    }

    /// <summary>Writes the embedding for the web UI (A1111); image blocks, if any, stay behind.</summary>
    /// <param name="path"><c>.pt</c>; its name is the word that prompts have there.</param>
    /// <inheritdoc cref="ExportDiffusers"/>
    public static void ExportWebUi(IReadOnlyList<string> files, string path)
    {
        if (Path.GetExtension(path) != ".pt")
            throw new ArgumentException($"'{path}' ends in '{Path.GetExtension(path)}'; the web UI takes .pt.");
        using var concept = ConceptImport.Read(files);
        NewFile.Write(path, output => ConceptExport.WriteWebUi(output, concept, Path.GetFileNameWithoutExtension(path)));
    }

    /// <summary>Names and shapes that a concept has beside a base model.</summary>
    private static List<(string Name, long[] Shape)> Expected(BaseModelFiles model, TrainingOptions options)
    {
        var tensors = new List<(string, long[])> { (ConceptMetadata.EmbeddingKey, [1, model.TextEncoderConfig.Int("hidden_size")]) };
        if (options.Method != TrainingOptions.VisualConditionMethod)
            return tensors;
        // The shapes of parts need no weights of the model.
        var meta = new Device(DeviceType.META);
        using var unet = new UNet2DConditionModel(UNet2DConditionConfig.From(model.UNetConfig), meta);
        using var blocks = new ImageCrossAttention(unet, options.Switches.Layers, meta);
        tensors.AddRange(blocks.NamedTensors().Select(t => (t.Name, t.Parameter.shape)));
        return tensors;
    }

    private static string Names(IEnumerable<string> files) => string.Join(", ", files.Select(f => $"'{f}'"));
}
