using System.Security.Cryptography;
using System.Text.Json.Serialization;
using ViCo.Engine;
using ViCo.Engine.Methods.Parts;
using ViCo.Options;

namespace ViCo.Cli.Concepts;

/// <summary>What was trained: everything that must be the same for a training to go on. Kept as <c>concept.json</c>.</summary>
/// <param name="InitWord">Of the first object, as are the photos.</param>
/// <param name="BaseDigest">SHA-256 over the base model's weight files.</param>
/// <param name="Photos">Name and SHA-256 of each photo, in reference order.</param>
/// <param name="Options">What the caller set; the rest is the base model's default.</param>
internal sealed record ConceptCard(
    string Name, string InitWord, string BaseModel, string BaseDigest, IReadOnlyDictionary<string, string> Photos,
    OptionValues Options)
{
    /// <summary>The options that there are.</summary>
    [JsonIgnore]
    public OptionCatalog Catalog { get; init; } = OptionCatalog.Default;

    /// <summary>What was learned together with the first object; not written where there is nothing.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ObjectCard>? Others { get; init; }

    /// <summary>Every object, in the order of their numbers.</summary>
    [JsonIgnore]
    public IReadOnlyList<ObjectCard> Objects => [new(InitWord, Photos), .. Others ?? []];

    public static ConceptCard Of(string name, string baseModel, string baseDigest, IReadOnlyList<TrainingObject> objects,
        OptionValues options)
    {
        ObjectCard[] cards = [.. objects.Select(ObjectCard.Of)];
        return new(name, cards[0].InitWord, baseModel, baseDigest, cards[0].Photos, options)
        {
            Others = cards.Length > 1 ? cards[1..] : null,
        };
    }

    /// <summary>What the caller set of that which moves the numbers; an option's own default is as good as unset.</summary>
    private static Dictionary<string, string> Entries(OptionValues options, OptionList list) => list
        .Where(o => o.MovesNumbers && options.Has(o))
        .Select(o => (o.Name, Value: OptionSpec.Format(options.Find(o.Name)!), Default: o.FromModel ? null
            : OptionSpec.Format(o.Fallback ?? "")))
        .Where(entry => entry.Value != entry.Default)
        .ToDictionary(entry => entry.Name, entry => entry.Value, StringComparer.Ordinal);

    /// <summary>How prompts name an object: <c>*</c>, or <c>&lt;1&gt;</c>, <c>&lt;2&gt;</c> and so on where there are several.</summary>
    /// <param name="number">From 1.</param>
    public string Placeholder(int number) => PlaceholderForms.Of(number - 1, Objects.Count);

    /// <summary>Whether a prompt names an object of several.</summary>
    /// <param name="number">From 1.</param>
    public bool Names(string prompt, int number) =>
        Objects.Count > 1 && PlaceholderForms.In(prompt, Objects.Count)
            .Any(form => form.Value == number - 1 && prompt.Contains(form.Key, StringComparison.Ordinal));

    /// <summary>Where it begins in words, such as <c>from FOLDER:STEP</c>; null: where its init word is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; init; }

    /// <summary>
    /// The first difference that forbids going on, in words; null when there is none. Steps and how often something is kept forbid nothing.
    /// </summary>
    public string? DifferenceTo(ConceptCard other)
    {
        if (Words(this) is var words && words != Words(other)) return $"init word {words}, not {Words(other)}";
        if (BaseDigest != other.BaseDigest) return $"base model {BaseModel} {BaseDigest[..8]}, not {other.BaseModel} "
            + $"{other.BaseDigest[..8]}";
        if (Objects.Zip(other.Objects).Any(o => !o.First.HasPhotosOf(o.Second))) return $"{Objects.Sum(o => o.Photos.Count)} other photos";
        if (From != other.From) return $"it begins {From ?? "from nothing"}, not {other.From ?? "from nothing"}";
        var (mine, theirs) = (Entries(Options, Catalog.Training), Entries(other.Options, Catalog.Training));
        return mine.Keys.Union(theirs.Keys).Order(StringComparer.Ordinal)
            .FirstOrDefault(name => mine.GetValueOrDefault(name) != theirs.GetValueOrDefault(name)) is { } name
            ? $"{name} is {mine.GetValueOrDefault(name, "the base model's default")}, not "
                + $"{theirs.GetValueOrDefault(name, "the base model's default")}"
            : null;

        static string Words(ConceptCard card) => string.Join(", ", card.Objects.Select(o => o.InitWord));
    }
}

/// <param name="Photos">Name and SHA-256 of each photo, in reference order.</param>
internal sealed record ObjectCard(string InitWord, IReadOnlyDictionary<string, string> Photos)
{
    public static ObjectCard Of(TrainingObject learned) =>
        new(learned.InitWord, learned.Photos.ToDictionary(p => p.Name, p => Convert.ToHexStringLower(SHA256.HashData(p.Content.Span))));

    public bool HasPhotosOf(ObjectCard other) =>
        Photos.OrderBy(p => p.Key, StringComparer.Ordinal).SequenceEqual(other.Photos.OrderBy(p => p.Key, StringComparer.Ordinal));
}
