using ViCo.Engine.Checkpoints;
using ViCo.Engine.Diffusion;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Text;

namespace ViCo.Engine.Methods;

/// <summary>A learned object beside a base model: S★ and, for ViCo, the image blocks. Several objects learned together share the blocks. Owns its tensors.</summary>
internal sealed class Concept : IDisposable
{
    private readonly ImageBlockPool _pool;
    private bool _disposed;

    /// <summary>Without numbers: S★ zero, the image blocks on the meta device.</summary>
    private Concept(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords, int step = 0)
    {
        (Options, _pool) = (options, model.ImageBlocks);
        Metadata = new(model.Defaults.Name, model.Digest, options.Method, options.ToJson(), step, initWords[0]) { OtherInitWords = [.. initWords.Skip(1)] };
        ImageBlocks = options.Method == TrainingOptions.VisualConditionMethod ? _pool.Take(options.Switches.Layers) : null;
        Embeddings = [.. initWords.Select(_ => (Parameter)Parameter(zeros(1, model.TextEncoder.Config.Width, device: model.Device)).DetachFromDisposeScope())];
    }

    /// <summary>As of creation or loading; <see cref="Write"/> writes the step it is given.</summary>
    public ConceptMetadata Metadata { get; }

    public TrainingOptions Options { get; }

    public VisualConditionSwitches Switches => Options.Switches;

    /// <summary>S★ of each object [1, text width].</summary>
    public IReadOnlyList<Parameter> Embeddings { get; }

    /// <summary>Null for a method that trains S★ alone.</summary>
    public ImageCrossAttention? ImageBlocks { get; }

    /// <summary>Every tensor of the concept under its name in files.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedTensors() =>
        [.. NamedEmbeddings(), .. ImageBlocks?.NamedTensors() ?? []];

    /// <summary>S★ of each object under its name in files.</summary>
    public IEnumerable<(string Name, Parameter Parameter)> NamedEmbeddings() =>
        Embeddings.Select((embedding, k) => (ConceptMetadata.KeyOf(k, Embeddings.Count), embedding));

    /// <summary>What the text model takes for the placeholders [objects, text width], in the current scope.</summary>
    public Tensor Placeholders() => cat([.. Embeddings]);

    /// <summary>The same with gradients for the objects that <paramref name="prompts"/> name: whoever is not in a batch is left alone by its step.</summary>
    public Tensor Placeholders(IReadOnlyList<TokenizedPrompt> prompts)
    {
        using var scope = NewDisposeScope();
        var named = prompts.SelectMany(p => p.Placeholders).Select(p => p.Index).ToHashSet();
        return cat([.. Embeddings.Select((embedding, k) => named.Contains(k) ? embedding : embedding.detach())]).MoveToOuterDisposeScope();
    }

    /// <summary>A concept before its first step: each S★ is its init word's embedding, or the mean of them where it is several tokens.</summary>
    /// <param name="initWords">One per object.</param>
    /// <exception cref="ArgumentException">An init word is empty, or a layer takes no image block.</exception>
    public static Concept Create(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        var tokens = initWords.Select(model.Tokenizer.Tokenize).ToList();
        if (tokens.FindIndex(t => t.Count == 0) is >= 0 and var empty)
            throw new ArgumentException($"Init word '{initWords[empty]}' holds no word; wanted one near the object's class, such as teapot or object.");
        var concept = new Concept(model, options, initWords);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (embedding, ids) in concept.Embeddings.Zip(tokens))
            embedding.copy_(model.TextEncoder.TokenEmbeddings(ids).As(embedding.dtype).mean([0], keepdim: true));
        if (concept.ImageBlocks is not null)
        {
            var seed = new StepRandom(options.Seed, StepRandom.Purpose.BlockInitialization, 0).Next();
            using var generator = new Generator(seed);
            concept.ImageBlocks.Allocate(model.Device);
            concept.ImageBlocks.Initialize(generator, zeroOutput: options.Switches.BlockInitialization == "zero_output");
        }
        return concept;
    }

    /// <summary>Loads a checkpoint, frozen.</summary>
    /// <exception cref="InvalidDataException">It belongs to another base model, or its tensors do not fit; all misfits are listed.</exception>
    public static Concept Load(BaseModel model, StoredFile checkpoint)
    {
        using var file = SafetensorsFile.Open(checkpoint);
        var metadata = ConceptMetadata.FromEntries(file.Metadata);
        if (metadata.BaseDigest != model.Digest)
        {
            throw new InvalidDataException($"'{checkpoint.Name}' was trained beside base model '{metadata.BaseModel}' ({metadata.BaseDigest}); "
                + $"this engine holds '{model.Defaults.Name}' ({model.Digest}).");
        }
        var concept = new Concept(model, TrainingOptions.FromJson(metadata.OptionsJson), metadata.InitWords, metadata.Step);
        try
        {
            if (StateDict.Misfits(concept.NamedTensors().Select(t => (t.Name, t.Parameter.shape)), file, key => key, "this concept") is { } misfits)
                throw new InvalidDataException(misfits);
            using var noGrad = no_grad();
            using var scope = NewDisposeScope();
            foreach (var (key, embedding) in concept.NamedEmbeddings())
            {
                embedding.copy_(file.Load(key).view(embedding.shape));
                embedding.requires_grad = false;
            }
            concept.ImageBlocks?.Fill(name => file.Load(name));
            if (concept.ImageBlocks is not null && model.UNet.DType != ScalarType.Float32) concept.ImageBlocks.StoreLinearLayersAs(model.UNet.DType);
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

    /// <summary>Writes the checkpoint after <paramref name="step"/> steps, tensor by tensor; in float16 where <see cref="TrainingOptions.Half"/> says so.</summary>
    public void Write(Stream output, int step)
    {
        var tensors = NamedTensors().Select(t => KeyValuePair.Create<string, Tensor>(t.Name, t.Parameter));
        var metadata = (Metadata with { Step = step }).ToEntries();
        if (Options.Half) SafetensorsWriter.WriteHalf(output, tensors, metadata);
        else SafetensorsWriter.Write(output, tensors, metadata);
    }

    /// <summary>Whether every trained number is finite. Asks the device once.</summary>
    public bool IsFinite()
    {
        using var scope = NewDisposeScope();
        return stack([.. NamedTensors().Select(t => t.Parameter.detach().isfinite().all())]).all().item<bool>();
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        foreach (var embedding in Embeddings) embedding.Dispose();
        if (ImageBlocks is not null) _pool.GiveBack(ImageBlocks);
    }
}
