using System.Globalization;
using System.Text.Json;

namespace ViCo.Options;

/// <summary>The one description of an option: command line, REST, form, base model's defaults, metadata, fingerprint follow.</summary>
/// <remarks>
/// Values are <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/> or a list of <see cref="int"/>, as
/// <see cref="Kind"/> says.
/// </remarks>
public abstract record OptionSpec
{
    private protected OptionSpec(OptionKind kind, string name, object? fallback, string help) =>
        (Kind, Name, Fallback, Help) = (kind, name, fallback, help);

    /// <summary>What values it takes.</summary>
    public OptionKind Kind { get; }

    /// <summary>In camelCase, the same everywhere; the command line writes it in kebab-case.</summary>
    public string Name { get; }

    /// <summary>One line: what it is, and what more of it does.</summary>
    public string Help { get; }

    /// <summary>
    /// The value where neither caller nor base model gives one; null: none, and <see cref="Help"/> explains what happens then.
    /// </summary>
    public object? Fallback { get; }

    /// <summary>Whether base models usually bring a default of their own; <see cref="Fallback"/> is then Stable Diffusion's.</summary>
    public bool FromModel { get; init; }

    /// <summary>Such as <c>px</c>; null: a plain number.</summary>
    public string? Unit { get; init; }

    /// <summary>The least number, or the fewest characters or texts; a <see cref="long"/> or a <see cref="double"/>.</summary>
    public object? Least { get; init; }

    /// <summary>The greatest number, or the most characters or texts.</summary>
    public object? Most { get; init; }

    /// <summary>
    /// The wider range of whole numbers that a former version allowed, or null. What it stored stays valid; no new request may use it.
    /// </summary>
    public (long Least, long Most)? Before { get; init; }

    /// <summary>Whole numbers have to be a multiple of it; null: any.</summary>
    public long? MultipleOf { get; init; }

    /// <summary>Whole numbers within the range that are not allowed.</summary>
    public IReadOnlyList<long> Except { get; init; } = [];

    /// <summary>The words of a choice; empty: whatever a catalog of options fills in.</summary>
    public IReadOnlyList<OptionChoice> Choices { get; init; } = [];

    /// <summary>Whether the result's numbers depend on it; options that only say how long or how often do not count.</summary>
    public bool MovesNumbers { get; init; } = true;

    /// <summary>When it appeared: options of version 1 are in every fingerprint, later ones only off their default.</summary>
    public int Since { get; init; } = 1;

    /// <summary>Whether it has to be given.</summary>
    public bool Required { get; init; }

    /// <summary>Whether forms show it at once; the others only to those who ask for more.</summary>
    public bool Upfront { get; init; }

    /// <summary>Whether forms show it only to those who ask for every option.</summary>
    public bool Expert { get; init; }

    /// <summary>Whole numbers that forms offer; empty: people type one.</summary>
    public IReadOnlyList<long> Suggested { get; init; } = [];

    /// <summary>Whether one value is as good as another, so that forms offer to draw one by lot.</summary>
    public bool ByLot { get; init; }

    /// <summary>What another option has to be for this one to count; null: anything.</summary>
    public OptionNeed? Needs { get; init; }

    /// <summary>Names it had before, in camelCase: stored files and command lines may still use them.</summary>
    public IReadOnlyList<string> OldNames { get; init; } = [];

    /// <summary>What forms call it; by default its name in words.</summary>
    public string Title { get => field ?? InWords(Name); init; }

    /// <summary>What the command line calls it, without dashes in front.</summary>
    public string KebabName => KebabOf(Name);

    /// <summary>Which values are allowed, in words such as <c>1 to 64</c>.</summary>
    public string Wanted => Kind switch
    {
        OptionKind.Integer or OptionKind.Number =>
            (MultipleOf is { } m ? $"a multiple of {m} from " : "")
            + $"{Format(Least!)} to {Format(Most!)}" + (Unit is { } unit ? $" {unit}" : "")
            + (Except.Count > 0 ? $", not {string.Join(", ", Except)}" : ""),
        OptionKind.Switch => "true or false",
        OptionKind.Choice => $"one of: {string.Join(", ", Choices.Select(c => c.Value))}",
        OptionKind.IntegerList => $"at least one number from {Format(Least!)} to {Format(Most!)}, each once",
        OptionKind.TextList => Least is > 0L ? $"a list of {Least} to {Most} texts" : $"a list of at most {Most} texts",
        _ => Least is > 0L ? $"{Least} to {Most} characters" : $"at most {Most} characters",
    };

    /// <summary>The default in words; empty where there is none to name.</summary>
    public string DefaultInWords => FromModel ? "the base model's" : Fallback is null or "" ? "" : Format(Fallback);

    /// <summary>Reads a value as people type it. Fractions have a point whatever the machine's language: <c>7,5</c> is none.</summary>
    /// <returns>A value for <see cref="Accept"/>, which refuses the text where it could not be read.</returns>
    public object Parse(string text) => Kind switch
    {
        OptionKind.Integer when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n) => n,
        OptionKind.Number when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var x) => x,
        OptionKind.Switch when bool.TryParse(text, out var on) => on,
        OptionKind.IntegerList => ParseList(text),
        _ => text,
    };

    /// <summary>The value in its own type, or null where it is not allowed.</summary>
    public object? Accept(object found) => (Kind, found) switch
    {
        (OptionKind.Integer, long n) =>
            n >= (long)Least! && n <= (long)Most! && n % (MultipleOf ?? 1) == 0 && !Except.Contains(n) ? n : null,
        (OptionKind.Number, long n) => Accept((double)n),
        (OptionKind.Number, double x) => x >= (double)Least! && x <= (double)Most! ? x : null,
        (OptionKind.Switch, bool on) => on,
        (OptionKind.Choice, string word) => Choices.Count == 0 || Choices.Any(c => c.Value == word) ? word : null,
        (OptionKind.IntegerList, IReadOnlyList<int> list) =>
            list.Count > 0 && list.Distinct().Count() == list.Count && list.All(n => n >= (long)Least! && n <= (long)Most!) ? list : null,
        (OptionKind.TextList, IReadOnlyList<string> texts) => texts.Count >= (long)Least! && texts.Count <= (long)Most! ? texts : null,
        (OptionKind.TextList, IReadOnlyList<int> { Count: 0 }) => Least is 0L ? Array.Empty<string>() : null,
        (OptionKind.Text, string text) => FitsLength(text) && ReadableText.FaultOf(text) is null ? text : null,
        _ => null,
    };

    /// <summary>As <see cref="Accept"/>, but also with what a former version stored: <see cref="Before"/>.</summary>
    public object? AcceptStored(object found) =>
        Accept(found) ?? (Kind == OptionKind.Text && found is string text && FitsLength(text)
            || found is long n && Before is { } before && n >= before.Least && n <= before.Most ? found : null);

    /// <summary>What is wrong with a value, or null.</summary>
    public OptionProblem? ProblemOf(object found)
    {
        if (Accept(found) is not null) return null;
        var message = (Kind, found) switch
        {
            (OptionKind.Text, string text) when FitsLength(text) => $"{Name} {ReadableText.FaultOf(text)}.",
            (OptionKind.Text, string text) => $"{Name} has {text.Length} characters; wanted {Wanted}.",
            (OptionKind.TextList, IReadOnlyList<string> texts) => $"{Name} has {texts.Count} texts; wanted {Wanted}.",
            _ => $"{Name} is {Show(found)}; wanted {Wanted}.",
        };
        return new(Name, message, IsOfKind(found) ? OptionFault.Value : OptionFault.Kind);
    }

    /// <summary>A value as <see cref="Parse"/> reads it.</summary>
    public static string Format(object value) => value switch
    {
        bool on => on ? "true" : "false",
        double x => x.ToString(CultureInfo.InvariantCulture),
        long n => n.ToString(CultureInfo.InvariantCulture),
        IReadOnlyList<int> list => string.Join(",", list.Select(n => n.ToString(CultureInfo.InvariantCulture))),
        IReadOnlyList<string> texts => string.Join(",", texts),
        JsonElement json => json.GetRawText(),
        _ => (string)value,
    };

    /// <summary>A name in camelCase as the command line writes it.</summary>
    public static string KebabOf(string camelCase) => JsonNamingPolicy.KebabCaseLower.ConvertName(camelCase);

    private bool FitsLength(string text) => text.Length >= (long)(Least ?? 0L) && text.Length <= (long)Most!;

    private bool IsOfKind(object found) => Kind switch
    {
        OptionKind.Integer => found is long,
        OptionKind.Number => found is long or double,
        OptionKind.Switch => found is bool,
        OptionKind.IntegerList => found is IReadOnlyList<int>,
        OptionKind.TextList => found is IReadOnlyList<string>,
        _ => found is string,
    };

    private static string Show(object found)
    {
        var text = Format(found);
        if (text.Length > 60) text = $"{text[..60]}…";
        return found is string ? $"'{text}'" : found is IReadOnlyList<int> ? $"[{text}]" : text;
    }

    private static object ParseList(string text)
    {
        var numbers = new List<int>();
        foreach (var part in text.Split(','))
        {
            if (!int.TryParse(part.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var n)) return text;
            numbers.Add(n);
        }
        return numbers;
    }

    private static string InWords(string camelCase)
    {
        var words = KebabOf(camelCase).Replace('-', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }
}
