using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.Parts;

/// <summary>
/// What stands for each object in texts: S★, learned embeddings in place of a word's (Gal et al. 2022, arXiv:2208.01618, section 3), and
/// ordinary words behind it.
/// </summary>
internal sealed class PlaceholderRows : IPart
{
    private readonly BaseModel _model;
    private readonly IReadOnlyList<ObjectName> _names;
    private readonly IReadOnlyList<Parameter?> _learned;

    /// <param name="names">One per object.</param>
    /// <param name="learningRate">Of the learned rows.</param>
    public PlaceholderRows(BaseModel model, IReadOnlyList<ObjectName> names, double learningRate)
    {
        (_model, _names, LearningRate) = (model, names, learningRate);
        _learned = [.. names.Select(name => name.Learned == 0 ? null : Zeros(name.Learned))];
        var firstOwn = model.Tokenizer.VocabularySize;
        Ids =
        [
            .. names.Select((name, k) => (IReadOnlyList<int>)[
                .. Enumerable.Range(firstOwn + names.Take(k).Sum(n => n.Learned), name.Learned), .. model.Tokenizer.Tokenize(name.Words)]),
        ];
        Tensors =
        [
            .. _learned.Select((rows, k) => (Name: PlaceholderForms.KeyOf(k, names.Count), Rows: rows)).Where(t => t.Rows is not null)
                .Select(t => (t.Name, t.Rows!)),
        ];

        Parameter Zeros(int rows) => NewTensor.Learned([rows, model.TextEncoder.Config.Width], model.Device);
    }

    /// <summary>The ids of a text that each object's name takes: learned rows have some behind the vocabulary.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Ids { get; }

    public IReadOnlyList<(string Name, Parameter Parameter)> Tensors { get; }

    public double LearningRate { get; }

    /// <summary>
    /// S★ alone, with the rate that a training's options say; the official code multiplies it by the batch size, which is a switch.
    /// </summary>
    /// <param name="vectors">Learned rows per object.</param>
    public static PlaceholderRows Of(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords, int vectors = 1) =>
        new(model, [.. initWords.Select(word => ObjectName.Rows(vectors, word))], RateOf(options));

    /// <summary>The rate of learned rows that a training's options say.</summary>
    public static double RateOf(TrainingOptions options) =>
        options.Get(PlaceholderOption.EmbeddingLearningRate)
            * (options.Get(PlaceholderOption.ScaleEmbeddingLearningRate) ? options.Get(TrainingOption.BatchSize) : 1);

    public void Create(Generator random)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        foreach (var (rows, name) in _learned.Zip(_names))
        {
            rows?.copy_(
                _model.TextEncoder.TokenEmbeddings(_model.Tokenizer.Tokenize(name.Start)).As(rows.dtype).mean([0], keepdim: true));
        }
    }

    /// <summary>Gradients reach the objects that the pass's texts name: a step leaves the others as they are.</summary>
    public void Join(Adaptation pass, Share share)
    {
        if (Tensors.Count == 0) return;
        var named = pass.Prompts.SelectMany(p => p.Placeholders).Select(p => p.Index).ToHashSet();
        pass.Placeholders.Add(
            share.Prompts,
            [.. _learned.Index().Where(l => l.Item is not null).Select(l =>
                named.Contains(l.Index) || pass.Prompts.Count == 0 ? l.Item! : l.Item!.detach())]);
    }

    public void Dispose()
    {
        foreach (var rows in _learned) rows?.Dispose();
    }
}
