using ViCo.Engine.Checkpoints;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Models;
using ViCo.Engine.Training;

namespace ViCo.Engine.Personalization;

/// <summary>A learned object beside a base model: S★ and, for ViCo, the image blocks. Owns its tensors.</summary>
internal sealed class Concept : IDisposable
{
    private Concept(ConceptMetadata metadata, TrainingOptions options, Parameter embedding, ImageCrossAttention? imageBlocks) =>
        (Metadata, Options, Embedding, ImageBlocks) = (metadata, options, embedding, imageBlocks);

    /// <summary>As of creation or loading; <see cref="ToSafetensors"/> writes the step it is given.</summary>
    public ConceptMetadata Metadata { get; }

    public TrainingOptions Options { get; }

    public VisualConditionSwitches Switches => Options.Switches;

    /// <summary>S★ [1, text width].</summary>
    public Parameter Embedding { get; }

    /// <summary>Null for a method that trains S★ alone.</summary>
    public ImageCrossAttention? ImageBlocks { get; }

    /// <summary>Every tensor of the concept under its name in files.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedTensors() =>
        [(ConceptMetadata.EmbeddingKey, Embedding), .. ImageBlocks?.NamedTensors() ?? []];

    /// <summary>A concept before its first step: S★ is the init word's embedding, or the mean of them where it is several tokens.</summary>
    /// <exception cref="ArgumentException">The init word is empty, or a layer takes no image block.</exception>
    public static Concept Create(BaseModel model, TrainingOptions options, string initWord)
    {
        var tokens = model.Tokenizer.Tokenize(initWord);
        if (tokens.Count == 0)
            throw new ArgumentException($"Init word '{initWord}' holds no word; wanted one near the object's class, such as teapot or object.");
        var concept = Empty(model, options, initWord);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        concept.Embedding.copy_(model.TextEncoder.TokenEmbeddings(tokens).mean([0], keepdim: true));
        if (concept.ImageBlocks is not null)
        {
            var seed = new StepRandom(options.Seed, StepRandom.Purpose.BlockInitialization, 0).Next();
            using var generator = new Generator(seed);
            concept.ImageBlocks.Initialize(generator, zeroOutput: options.Switches.BlockInitialization == "zero_output");
        }
        return concept;
    }

    /// <summary>Loads a checkpoint, frozen.</summary>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="InvalidDataException">It belongs to another base model, or its tensors do not fit; all misfits are listed.</exception>
    public static Concept Load(BaseModel model, ReadOnlyMemory<byte> safetensors, string name)
    {
        using var file = SafetensorsFile.FromBytes(safetensors, name);
        var metadata = ConceptMetadata.FromEntries(file.Metadata);
        if (metadata.BaseDigest != model.Digest)
        {
            throw new InvalidDataException($"'{name}' was trained beside base model '{metadata.BaseModel}' ({metadata.BaseDigest}); "
                + $"this engine holds '{model.Defaults.Name}' ({model.Digest}).");
        }
        var concept = Empty(model, TrainingOptions.FromJson(metadata.OptionsJson), metadata.InitWord, metadata.Step, new Device(DeviceType.META));
        try
        {
            if (StateDict.Misfits(concept.NamedTensors().Select(t => (t.Name, t.Parameter.shape)), file, key => key, "this concept") is { } misfits)
                throw new InvalidDataException(misfits);
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            concept.Embedding.copy_(file.Load(ConceptMetadata.EmbeddingKey).view(concept.Embedding.shape));
            concept.Embedding.requires_grad = false;
            concept.ImageBlocks?.Fill(name => file.Load(name));
            concept.ImageBlocks?.eval();
            if (model.Device.type != DeviceType.CPU) concept.ImageBlocks?.to(model.Device);
            return concept;
        }
        catch
        {
            concept.Dispose();
            throw;
        }
    }

    /// <summary>The checkpoint after <paramref name="step"/> steps.</summary>
    public byte[] ToSafetensors(int step) => SafetensorsWriter.ToBytes(
        NamedTensors().Select(t => KeyValuePair.Create<string, Tensor>(t.Name, t.Parameter)), (Metadata with { Step = step }).ToEntries());

    public void Dispose()
    {
        Embedding.Dispose();
        ImageBlocks?.Dispose();
    }

    /// <param name="blocksOn">Where the image blocks' parameters are made; null: the model's device.</param>
    private static Concept Empty(BaseModel model, TrainingOptions options, string initWord, int step = 0, Device? blocksOn = null)
    {
        var embedding = (Parameter)Parameter(zeros(1, model.TextEncoder.Config.Width, device: model.Device)).DetachFromDisposeScope();
        var blocks = options.Method == TrainingOptions.VisualConditionMethod ? new ImageCrossAttention(model.UNet, options.Switches.Layers, blocksOn) : null;
        if (blocks is not null && blocksOn is null && model.Device.type != DeviceType.CPU) blocks.to(model.Device);
        return new(new(model.Defaults.Name, model.Digest, options.Method, options.ToJson(), step, initWord), options, embedding, blocks);
    }
}
