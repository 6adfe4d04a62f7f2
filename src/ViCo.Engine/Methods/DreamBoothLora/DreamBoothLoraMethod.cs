using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Training;
using ViCo.Options;

namespace ViCo.Engine.Methods.DreamBoothLora;

/// <summary>
/// DreamBooth by low-rank pairs: a rare word in front of the class comes to mean the object, because pairs in the networks learn it. Ruiz
/// et al. 2023 (arXiv:2208.12242) with Hu et al. 2021 (arXiv:2106.09685).
/// </summary>
/// <remarks>A placeholder in a prompt means both words, such as "sks teapot".</remarks>
internal sealed class DreamBoothLoraMethod : IMethod
{
    public MethodOptions Options => DreamBoothOption.AllOfLora;

    public IReadOnlyList<IConceptFormat> Formats { get; } =
        [new LoraFile(LoraKeys.Diffusers), new LoraFile(LoraKeys.Peft), new LoraFile(LoraKeys.Kohya)];

    public IReadOnlyList<IPart> Parts(BaseModel model, TrainingOptions options, IReadOnlyList<string> initWords)
    {
        var pairs = LowRank.Of(model, options.Values);          // first: it may refuse its targets
        return [new PlaceholderRows(model, NamesOf(options, initWords), 0), pairs];
    }

    /// <summary>What a file's tensors say of themselves: rank, and which of the model's layers have a pair.</summary>
    public OptionValues OptionsOf(ConceptWeights weights, BaseModel model)
    {
        var found = weights.Others.Keys.Select(LoraKeys.Read).OfType<LoraKey>().Select(k => (k.Network, k.Path)).ToHashSet();
        // Pairs of other layers, such as convolutions, are no option: they do not fit.
        found.IntersectWith(NetworkLayer.Of(model).Select(l => (l.Network, l.Path)));
        if (found.Count == 0) return OptionValues.None;
        var down = weights.Others.First(t => LoraKeys.Read(t.Key) is { Role: LoraRole.Down }).Value;
        var options = OptionValues.None.With(LowRankOption.Rank, (int)down.shape[0])
            .With(LowRankOption.LoraText, found.Any(f => f.Network == NetworkLayer.OfText));
        if (Fit(options)) return options;
        var ends = Named(LowRank.End);
        return Fit(ends) ? ends : Named(path => path);

        OptionValues Named(Func<string, string> name) => options.With(
            LowRankOption.LoraTargets, [.. found.Select(f => name(f.Path)).Distinct().Order(StringComparer.Ordinal)]);

        bool Fit(OptionValues tried) => LowRank.Targets(model, tried).Select(l => (l.Network, l.Path)).ToHashSet().SetEquals(found);
    }

    public LossTerms Loss(Adapted adapted, TrainingBatch batch) => NoiseLoss.Of(adapted, batch);

    /// <summary>What stands for each object: the identifier and its init word.</summary>
    internal static IReadOnlyList<ObjectName> NamesOf(TrainingOptions options, IReadOnlyList<string> initWords) =>
        [.. initWords.Select(word => ObjectName.Of($"{options.Get(DreamBoothOption.Identifier)} {word}"))];
}
