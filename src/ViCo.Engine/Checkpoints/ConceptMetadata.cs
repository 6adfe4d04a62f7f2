using System.Globalization;

namespace ViCo.Engine.Checkpoints;

/// <summary>What a concept checkpoint says about itself in its safetensors header.</summary>
/// <param name="BaseModel">Name of the base model it was trained beside.</param>
/// <param name="BaseDigest">SHA-256 over that model's weight files; loading beside another model is refused.</param>
/// <param name="Method">A value of <see cref="TrainingOverrides.Method"/>.</param>
/// <param name="OptionsJson">The options in force of the training.</param>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="InitWord">The word S★ started from.</param>
public sealed record ConceptMetadata(
    string BaseModel, string BaseDigest, string Method, string OptionsJson, int Step, string InitWord)
{
    /// <summary>Safetensors key of S★, [vectors, text width].</summary>
    public const string EmbeddingKey = "embedding.*";

    private const string Format = "vico-concept-1";

    /// <summary>As entries of a safetensors <c>__metadata__</c> object.</summary>
    public IReadOnlyDictionary<string, string> ToEntries() => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["format"] = Format,
        ["base_model"] = BaseModel,
        ["base_digest"] = BaseDigest,
        ["method"] = Method,
        ["options"] = OptionsJson,
        ["step"] = Step.ToString(CultureInfo.InvariantCulture),
        ["init_word"] = InitWord,
    };

    /// <summary>Reads the entries back.</summary>
    /// <exception cref="InvalidDataException">An entry is missing or the format is another.</exception>
    public static ConceptMetadata FromEntries(IReadOnlyDictionary<string, string> entries)
    {
        if (Entry("format") is var format && format != Format)
            throw new InvalidDataException($"Checkpoint format is '{format}'; wanted '{Format}'.");
        if (!int.TryParse(Entry("step"), NumberStyles.None, CultureInfo.InvariantCulture, out var step))
            throw new InvalidDataException($"Checkpoint metadata 'step' is '{Entry("step")}'; wanted a number of steps.");
        return new(Entry("base_model"), Entry("base_digest"), Entry("method"), Entry("options"), step, Entry("init_word"));

        string Entry(string key) => entries.TryGetValue(key, out var value) ? value
            : throw new InvalidDataException($"Checkpoint metadata lacks '{key}'; is this a concept checkpoint?");
    }
}
