using System.Globalization;
using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Datasets;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Training;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Methods;

/// <summary>What a concept checkpoint says about itself in its safetensors header.</summary>
/// <param name="BaseModel">Name of the base model it was trained beside.</param>
/// <param name="BaseDigest">SHA-256 over that model's weight files; loading beside another model is refused.</param>
/// <param name="Method">A word of <see cref="TrainingOption.Method"/>.</param>
/// <param name="OptionsJson">The options in force of the training.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="InitWord">The word S★ started from; of several objects the first one's.</param>
public sealed record ConceptMetadata(
    string BaseModel, string BaseDigest, string Method, string OptionsJson, int Step, string InitWord)
{
    private const string ObjectsEntry = "objects";

    private const string Format = "vico-concept-1";

    /// <summary>Init words of the further objects that were learned together with the first.</summary>
    public IReadOnlyList<string> OtherInitWords { get; init; } = [];

    /// <summary>Init words of all objects, in the order of their numbers.</summary>
    public IReadOnlyList<string> InitWords => [InitWord, .. OtherInitWords];

    /// <summary>How the concept's photos became squares, and any photo shown to it does.</summary>
    /// <exception cref="InvalidDataException">The options do not read.</exception>
    public SquareFit PhotoFit() => PhotoTensor.FitOf(TrainingOptions.FromJson(OptionsJson).Values);

    /// <summary>Reads it from a concept's header.</summary>
    /// <exception cref="InvalidDataException">The file is no concept checkpoint.</exception>
    public static ConceptMetadata Read(StoredFile checkpoint)
    {
        using var file = SafetensorsFile.Open(checkpoint);
        return FromEntries(file.Metadata);
    }

    /// <summary>As entries of a safetensors <c>__metadata__</c> object.</summary>
    public IReadOnlyDictionary<string, string> ToEntries()
    {
        var entries = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["format"] = Format,
            ["base_model"] = BaseModel,
            ["base_digest"] = BaseDigest,
            ["method"] = Method,
            ["options"] = OptionsJson,
            ["step"] = Step.ToString(CultureInfo.InvariantCulture),
            ["init_word"] = InitWord,
        };
        if (OtherInitWords.Count > 0) entries[ObjectsEntry] = JsonSerializer.Serialize(InitWords, EngineJson.Default.IReadOnlyListString);
        return entries;
    }

    /// <summary>Whether a safetensors header is that of a concept checkpoint.</summary>
    internal static bool IsOurs(IReadOnlyDictionary<string, string> entries) => entries.GetValueOrDefault("format") == Format;

    /// <summary>Reads the entries back.</summary>
    /// <exception cref="InvalidDataException">An entry is missing or the format is another.</exception>
    public static ConceptMetadata FromEntries(IReadOnlyDictionary<string, string> entries)
    {
        if (Entry("format") is var format && format != Format)
            throw new InvalidDataException($"Checkpoint format is '{format}'; wanted '{Format}'.");
        if (!int.TryParse(Entry("step"), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
            throw new InvalidDataException($"Checkpoint metadata 'step' is '{Entry("step")}'; wanted a number of steps.");
        return new(Entry("base_model"), Entry("base_digest"), Entry("method"), Entry("options"), step, Entry("init_word"))
        {
            OtherInitWords = entries.TryGetValue(ObjectsEntry, out var objects) ? Others(objects, Entry("init_word")) : [],
        };

        string Entry(string key) => entries.TryGetValue(key, out var value) ? value
            : throw new InvalidDataException($"Checkpoint metadata lacks '{key}'; is this a concept checkpoint?");
    }

    private static IReadOnlyList<string> Others(string objects, string first)
    {
        try
        {
            if (JsonSerializer.Deserialize(objects,
                EngineJson.Default.IReadOnlyListString) is { Count: > 1 and <= TrainingRequest.MaxObjects } words
                && words[0] == first && words.All(w => w is not null))
                return [.. words.Skip(1)];
        }
        catch (JsonException)
        {
            // Said below.
        }
        throw new InvalidDataException(
            $"Checkpoint metadata '{ObjectsEntry}' is '{objects}'; wanted a JSON list of 2 to {TrainingRequest.MaxObjects} init words "
                + $"that starts with '{first}'.");
    }
}
