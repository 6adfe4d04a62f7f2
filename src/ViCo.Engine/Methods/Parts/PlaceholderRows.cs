using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.Parts;

/// <summary>S★ of each object: a learned embedding in place of a word's. Gal et al. 2022 (arXiv:2208.01618), section 3.</summary>
internal sealed class PlaceholderRows : IPart
{
    private readonly BaseModel _model;
    private readonly IReadOnlyList<string> _initWords;
    private readonly IReadOnlyList<Parameter> _embeddings;

    /// <param name="initWords">One per object.</param>
    public PlaceholderRows(BaseModel model, IReadOnlyList<string> initWords, double learningRate)
    {
        (_model, _initWords, LearningRate) = (model, initWords, learningRate);
        _embeddings =
            [.. initWords.Select(_ =>
            (Parameter)Parameter(NewTensor.Zeros([1, model.TextEncoder.Config.Width], ScalarType.Float32, model.Device))
            .DetachFromDisposeScope())];
        Tensors = [.. _embeddings.Select((embedding, k) => (PlaceholderForms.KeyOf(k, initWords.Count), embedding))];
    }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors { get; }

    public double LearningRate { get; }

    /// <summary>
    /// With the rate that a training's options say; the official code multiplies it by the batch size, which is a switch.
    /// </summary>
    public static PlaceholderRows Of(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords) =>
        new(model, initWords,
            options.Get(PlaceholderOption.EmbeddingLearningRate)
                * (options.Get(PlaceholderOption.ScaleEmbeddingLearningRate) ? options.Get(TrainingOption.BatchSize) : 1));

    /// <summary>Each S★ starts as its init word's embedding, or the mean of them where it is several tokens.</summary>
    /// <exception cref="ArgumentException">An init word is empty.</exception>
    public void Create(Generator random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (embedding, word) in _embeddings.Zip(_initWords))
        {
            var ids = _model.Tokenizer.Tokenize(word);
            if (ids.Count == 0)
                throw new ArgumentException(
                    $"Init word '{word}' holds no word; wanted one near the object's class, such as teapot or object.");
            embedding.copy_(_model.TextEncoder.TokenEmbeddings(ids).As(embedding.dtype).mean([0], keepdim: true));
        }
    }

    public void Fill(IWeightFile file)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (name, embedding) in Tensors)
        {
            embedding.copy_(file.Load(name).view(embedding.shape));
            embedding.requires_grad = false;
        }
    }

    /// <summary>Gradients reach the objects that the pass's texts name: a step leaves the others as they are.</summary>
    public void Join(Adaptation pass, Share share)
    {
        var named = pass.Prompts.SelectMany(p => p.Placeholders).Select(p => p.Index).ToHashSet();
        pass.Placeholders.Add(share.Prompts,
            [.. _embeddings.Select((embedding, k) => named.Contains(k) || pass.Prompts.Count == 0 ? embedding : embedding.detach())]);
    }

    public void Dispose()
    {
        foreach (var embedding in _embeddings) embedding.Dispose();
    }
}
