using System.Globalization;
using ViCo.Grains.Concepts;
using ViCo.Options;

namespace ViCo.Grains.Jobs;

/// <summary>
/// Settings as they travel between processes. Options that were there when each still was a member of its own keep their numbers, so that
/// during a rolling upgrade old and new processes understand each other; all others travel as JSON. Nothing is ever added here.
/// </summary>
[GenerateSerializer(IncludePrimaryConstructorParameters = true), Alias("vico.training-settings.wire")]
internal record struct TrainingSettingsOnTheWire
{
    [Id(0)] public int? Steps { get; set; }
    [Id(1)] public int? BatchSize { get; set; }
    [Id(2)] public long? Seed { get; set; }
    [Id(3)] public double? EmbeddingLearningRate { get; set; }
    [Id(4)] public double? BlockLearningRate { get; set; }
    [Id(5)] public double? RegularizationWeight { get; set; }
    [Id(6)] public string? Method { get; set; }
    [Id(7)] public double? TokenMerging { get; set; }
    [Id(8)] public string? Others { get; set; }
}

/// <inheritdoc cref="TrainingSettingsOnTheWire"/>
[GenerateSerializer(IncludePrimaryConstructorParameters = true), Alias("vico.sampling-settings.wire")]
internal record struct SamplingSettingsOnTheWire
{
    [Id(0)] public string Prompt { get; set; }
    [Id(1)] public string NegativePrompt { get; set; }
    [Id(2)] public int Count { get; set; }
    [Id(3)] public long Seed { get; set; }
    [Id(4)] public int? SamplingSteps { get; set; }
    [Id(5)] public double? Guidance { get; set; }
    [Id(6)] public IReadOnlyList<string> References { get; set; }
    [Id(7)] public int? Checkpoint { get; set; }
    [Id(8)] public double? ImageGuidance { get; set; }
    [Id(9)] public string? Sampler { get; set; }
    [Id(10)] public string? Spacing { get; set; }
    [Id(11)] public double Eta { get; set; }
    [Id(12)] public bool PublishedGuidance { get; set; }
    [Id(13)] public int? Width { get; set; }
    [Id(14)] public int? Height { get; set; }
    [Id(15)] public double? TokenMerging { get; set; }
    [Id(16)] public CheckpointChoice? Choice { get; set; }
    [Id(17)] public string? Others { get; set; }
}

[RegisterConverter]
internal sealed class TrainingSettingsConverter : IConverter<TrainingSettings, TrainingSettingsOnTheWire>
{
    private static readonly OptionSpec[] _members =
    [
        TrainingOption.Steps, TrainingOption.BatchSize, TrainingOption.Seed, PlaceholderOption.EmbeddingLearningRate,
        VisualConditionOption.BlockLearningRate, VisualConditionOption.RegularizationWeight, TrainingOption.Method,
        TrainingOption.TokenMerging,
    ];

    public TrainingSettingsOnTheWire ConvertToSurrogate(in TrainingSettings value) => new()
    {
        Steps = value.Options.Own(TrainingOption.Steps),
        BatchSize = value.Options.Own(TrainingOption.BatchSize),
        Seed = value.Options.Own(TrainingOption.Seed),
        EmbeddingLearningRate = value.Options.Own(PlaceholderOption.EmbeddingLearningRate),
        BlockLearningRate = value.Options.Own(VisualConditionOption.BlockLearningRate),
        RegularizationWeight = value.Options.Own(VisualConditionOption.RegularizationWeight),
        Method = value.Options.OwnText(TrainingOption.Method),
        TokenMerging = value.Options.Own(TrainingOption.TokenMerging),
        Others = value.Options.Others(_members),
    };

    public TrainingSettings ConvertFromSurrogate(in TrainingSettingsOnTheWire surrogate) => new(Wire.Read(surrogate.Others)
        .Put(TrainingOption.Steps, surrogate.Steps)
        .Put(TrainingOption.BatchSize, surrogate.BatchSize)
        .Put(TrainingOption.Seed, surrogate.Seed)
        .Put(PlaceholderOption.EmbeddingLearningRate, surrogate.EmbeddingLearningRate)
        .Put(VisualConditionOption.BlockLearningRate, surrogate.BlockLearningRate)
        .Put(VisualConditionOption.RegularizationWeight, surrogate.RegularizationWeight)
        .Put(TrainingOption.Method, surrogate.Method)
        .Put(TrainingOption.TokenMerging, surrogate.TokenMerging));
}

[RegisterConverter]
internal sealed class SamplingSettingsConverter : IConverter<SamplingSettings, SamplingSettingsOnTheWire>
{
    private static readonly OptionSpec[] _members =
    [
        SamplingOption.NegativePrompt, SamplingOption.Count, SamplingOption.Seed, SamplingOption.SamplingSteps, SamplingOption.Guidance,
        SamplingOption.ImageGuidance, SamplingOption.Sampler, SamplingOption.Spacing, SamplingOption.Eta, SamplingOption.PublishedGuidance,
        SamplingOption.Width, SamplingOption.Height, TrainingOption.TokenMerging,
    ];

    public SamplingSettingsOnTheWire ConvertToSurrogate(in SamplingSettings value) => new()
    {
        Prompt = value.Prompt,
        NegativePrompt = value.Options.OwnText(SamplingOption.NegativePrompt) ?? "",
        Count = value.Count,
        Seed = value.Seed,
        SamplingSteps = value.Options.Own(SamplingOption.SamplingSteps),
        Guidance = value.Options.Own(SamplingOption.Guidance),
        References = value.References,
        Checkpoint = value.Checkpoint?.Step,
        Choice = value.Checkpoint,
        ImageGuidance = value.Options.Own<double>(SamplingOption.ImageGuidance),
        Sampler = value.Options.OwnText(SamplingOption.Sampler),
        Spacing = value.Options.OwnText(SamplingOption.Spacing),
        Eta = value.Options.Own(SamplingOption.Eta) ?? 0,
        PublishedGuidance = value.Options.Own(SamplingOption.PublishedGuidance) ?? false,
        Width = value.Options.Own<int>(SamplingOption.Width),
        Height = value.Options.Own<int>(SamplingOption.Height),
        TokenMerging = value.Options.Own(TrainingOption.TokenMerging),
        Others = value.Options.Others(_members),
    };

    public SamplingSettings ConvertFromSurrogate(in SamplingSettingsOnTheWire surrogate) =>
        new(surrogate.Prompt, Wire.Read(surrogate.Others)
        .Put(SamplingOption.NegativePrompt, surrogate.NegativePrompt is "" ? null : surrogate.NegativePrompt)
        .With(SamplingOption.Count, surrogate.Count)
        .With(SamplingOption.Seed, surrogate.Seed)
        .Put(SamplingOption.SamplingSteps, surrogate.SamplingSteps)
        .Put(SamplingOption.Guidance, surrogate.Guidance)
        .With(SamplingOption.ImageGuidance, surrogate.ImageGuidance)
        .Put(SamplingOption.Sampler, surrogate.Sampler)
        .Put(SamplingOption.Spacing, surrogate.Spacing)
        .Put(SamplingOption.Eta, surrogate.Eta == 0 ? null : surrogate.Eta)
        .Put(SamplingOption.PublishedGuidance, surrogate.PublishedGuidance ? true : null)
        .With(SamplingOption.Width, surrogate.Width)
        .With(SamplingOption.Height, surrogate.Height)
        .Put(TrainingOption.TokenMerging, surrogate.TokenMerging))
    {
        References = surrogate.References ?? [],
        Checkpoint = surrogate.Choice ?? (surrogate.Checkpoint is { } step ? new(null, step) : null),
    };
}

/// <summary>Values that may be absent, out of and into options.</summary>
internal static class Wire
{
    // Not checked: the grain says what is wrong with a value, in an answer.
    public static T? Own<T>(this OptionValues values, Option<T> option)
        where T : struct => values.Own<T>((OptionSpec)option);

    public static T? Own<T>(this OptionValues values, OptionSpec option)
        where T : struct => values.Find(option.Name) is { } value ? (T)Convert.ChangeType(value, typeof(T), CultureInfo.InvariantCulture)
            : null;

    public static string? OwnText(this OptionValues values, OptionSpec option) => (string?)values.Find(option.Name);

    public static string? Others(this OptionValues values, IEnumerable<OptionSpec> members) =>
        members.Aggregate(values, (rest, member) => rest.Without(member.Name)) is { Pairs.Count: > 0 } others ? others.ToJson() : null;

    public static OptionValues Put<T>(this OptionValues values, Option<T> option, T? value)
        where T : struct => value is { } there ? values.With(option, there) : values;

    public static OptionValues Put(this OptionValues values, Option<string> option, string? value) =>
        value is null ? values : values.With(option, value);

    public static OptionValues Read(string? others) => others is null ? OptionValues.None : OptionValues.FromJson(others);
}
