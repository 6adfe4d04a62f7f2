using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Webhooks;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Options;

namespace ViCo.Gateway.Images;

/// <summary>The body of a request for pictures: what to draw, and the options of drawing beside it.</summary>
[JsonConverter(typeof(SampleRequestJson))]
internal sealed record SampleRequest(OptionValues Values)
{
    public static readonly Option<string> Concept = Option.Text("concept", 80, "", "Id of the concept to draw.") with { Required = true };

    public static readonly Option<string> Prompt = Option.Text(
        "prompt", 1000, "", "What to draw; * stands for the object, of several objects <1>, <2> and so on.") with
        {
            Required = true,
            Least = 1L,
        };

    public static readonly Option<IReadOnlyList<string>> References = Option.TextList(
        "references", 8,
        "Ids of the photos that the image blocks attend to; each object that the prompt names and none of them shows adds its first "
            + "photo.");

    public static readonly Option<string> Checkpoint = Option.Text(
        "checkpoint", 90, "",
        "{run}:{step}, or a step: the default run's, else the newest run's that has it. By default the concept's.") with
        {
            Least = 1L,
        };

    public static readonly Option<IReadOnlyList<string>> Loras = Option.TextList(
        SamplingSettings.LorasName, LoraBounds.Most,
        "Concepts whose low-rank pairs (LoRA) are added, each as its id, or as id:weight with a weight "
            + $"from {-LoraBounds.MostWeight} to {LoraBounds.MostWeight}; 1 by default. Of each its default checkpoint counts.");

    private static readonly OptionSpec[] _subject =
        [Concept, Prompt, References, Checkpoint, Loras, EndUser.Field, .. WebhookFields.All];

    /// <summary>Every field that such a body may have.</summary>
    public static OptionList Fields(OptionCatalog catalog) =>
        new OptionList(_subject, CheckpointReads, LorasRead, EndUser.Reads, WebhookFields.Read).And(catalog.Sampling);

    /// <summary>The fields in which a job says what it was asked for.</summary>
    public static OptionList Answered(OptionCatalog catalog) =>
        new OptionList(_subject.Except([Concept, EndUser.Field, .. WebhookFields.All])).And(catalog.Sampling);

    /// <summary>The body with texts as they were meant: without blanks around them; a bare step is one, too.</summary>
    public SampleRequest Trimmed()
    {
        var values = Values;
        foreach (var (name, value) in Values.Pairs)
        {
            if (value is string text) values = values.With(name, text.Trim());
        }
        return new(values.Find(Checkpoint.Name) is long step ? values.With(Checkpoint.Name, OptionSpec.Format(step)) : values);
    }

    /// <summary>
    /// What the grains are asked for. How many pictures and from which seed is written down even where it was left
    /// open: the seed comes from the command's id.
    /// </summary>
    public SamplingSettings Settings(CommandId id) => new(
        Values.Get(Prompt),
        WithLoras(_subject.Aggregate(Values, (values, field) => values.Without(field.Name)))
            .With(SamplingOption.Count, Values.Get(SamplingOption.Count))
                .With(SamplingOption.Seed, Values.Has(SamplingOption.Seed) ? Values.Get(SamplingOption.Seed) : SeedOf(id)))
    {
        References = Values.Get(References),
        Checkpoint = CheckpointChoice.TryParse(Values.Get(Checkpoint)),
    };

    /// <summary>32 bits, short enough to be typed: a repeat of the command draws the same.</summary>
    private static long SeedOf(CommandId id) =>
        BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"seed {id}")));

    private OptionValues WithLoras(OptionValues values) =>
        Values.Get(Loras) is { Count: > 0 } loras ? values.With(Loras, loras) : values;

    /// <summary>Whether each of the loras is written as one.</summary>
    private static OptionProblem? LorasRead(OptionValues values) =>
        values.Find(Loras.Name) is IReadOnlyList<string> loras && loras.FirstOrDefault(l => LoraChoice.TryParse(l) is null) is { } odd
            ? new(
                Loras.Name, $"loras holds '{odd}'; wanted a concept, or concept:weight with a weight from {-LoraBounds.MostWeight} to "
                    + $"{LoraBounds.MostWeight}.")
            : null;

    /// <summary>Whether the checkpoint is written as one.</summary>
    public static OptionProblem? CheckpointReads(OptionValues values)
    {
        if (!values.Has(Checkpoint) || CheckpointChoice.TryParse(values.Get(Checkpoint)) is not null) return null;
        var message = $"checkpoint is '{values.Get(Checkpoint)}'; wanted a step from 1 to {CheckpointChoice.MaxStep}, or {{run}}:{{step}}.";
        return new(Checkpoint.Name, message, OptionFault.Kind);
    }
}

internal sealed class SampleRequestJson : JsonConverter<SampleRequest>
{
    public override SampleRequest Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(OptionValues.Read(ref reader));

    public override void Write(Utf8JsonWriter writer, SampleRequest value, JsonSerializerOptions options) => value.Values.WriteTo(writer);
}
