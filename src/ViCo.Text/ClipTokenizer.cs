using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ViCo.Text;

/// <summary>
/// CLIP's byte-pair tokenizer over a tokenizer folder (<c>vocab.json</c>, <c>merges.txt</c>, <c>tokenizer_config.json</c>).
/// </summary>
/// <remarks>
/// Radford et al. 2021, as Stable Diffusion 1.x uses it: the text is repaired and composed (NFC), white space collapsed, lower-cased,
/// split into words, and each word merged from its bytes. Placeholders are cut out of the raw text first, so that neither
/// lower-casing nor a neighbour can spoil them.
/// </remarks>
public sealed class ClipTokenizer
{
    private const string EndOfWord = "</w>";
    private static readonly string[] Contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];
    private static readonly string[] ByteSymbols = MakeByteSymbols();

    /// <summary>The forms in which a prompt may name the one concept of a request.</summary>
    private static readonly Dictionary<string, int> SinglePlaceholder = new(StringComparer.Ordinal) { ["S*"] = 0, ["*"] = 0 };

    private readonly Dictionary<string, int> _vocabulary;
    private readonly Dictionary<(string Left, string Right), int> _ranks;
    private readonly string[] _specials;
    private readonly int _unknownId;

    private ClipTokenizer(Dictionary<string, int> vocabulary, Dictionary<(string Left, string Right), int> ranks,
        TokenizerSettings settings, string folder)
    {
        _vocabulary = vocabulary;
        _ranks = ranks;
        _specials = [.. new[] { settings.Begin, settings.End, settings.Pad, settings.Unknown }.Distinct()];
        BeginId = Special(settings.Begin);
        EndId = Special(settings.End);
        PadId = Special(settings.Pad);
        _unknownId = Special(settings.Unknown);
        VocabularySize = vocabulary.Values.Max() + 1;
        MaxLength = settings.MaxLength;

        int Special(string token) => vocabulary.TryGetValue(token, out var id)
            ? id
            : throw new InvalidDataException($"Tokenizer '{folder}': special token '{token}' is not in its vocab.json.");
    }

    /// <summary>
    /// Reads a tokenizer folder; without a <c>tokenizer_config.json</c> it takes CLIP's own special tokens and length 77.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static ClipTokenizer Load(string folder) =>
        Read(folder, name => Path.Combine(folder, name) is var path && File.Exists(path) ? File.ReadAllBytes(path) : null);

    /// <summary>The files that <see cref="Read"/> asks for; the last two may be missing.</summary>
    public static IReadOnlyList<string> Files { get; } = ["vocab.json", "merges.txt", TokenizerSettings.Config, TokenizerSettings.Map];

    /// <summary>As <see cref="Load"/>, from wherever the files of a tokenizer folder are.</summary>
    /// <param name="folder">Where they are, for messages.</param>
    /// <param name="file">A file's content by its name, or null when it is not there.</param>
    /// <exception cref="FileNotFoundException"><c>vocab.json</c> or <c>merges.txt</c> is not there.</exception>
    /// <exception cref="InvalidDataException">A file is malformed; the message names it.</exception>
    public static ClipTokenizer Read(string folder, Func<string, byte[]?> file)
    {
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in ReadJson(Path.Combine(folder, "vocab.json"), Wanted("vocab.json")))
        {
            if (!id.TryGetInt32(out var number) || number < 0 || !vocabulary.TryAdd(token, number))
                throw new InvalidDataException($"'{Path.Combine(folder, "vocab.json")}': token '{token}' has id {id}, or appears twice.");
        }

        return new(vocabulary, ReadMerges(Path.Combine(folder, "merges.txt"), Wanted("merges.txt")),
            TokenizerSettings.Read(folder, Content), folder);

        // Editors begin a file with a byte-order mark; it is no part of the text.
        byte[]? Content(string name) => file(name) switch { [0xEF, 0xBB, 0xBF, .. var text] => text, var all => all };

        byte[] Wanted(string name) =>
            Content(name) ?? throw new FileNotFoundException($"Tokenizer '{folder}' has no {name}.", Path.Combine(folder, name));
    }

    /// <summary>Of the token that every framed prompt begins with.</summary>
    public int BeginId { get; }

    /// <summary>Of the token that ends the text.</summary>
    public int EndId { get; }

    /// <summary>Of the token that fills what the text leaves free; the end token for CLIP.</summary>
    public int PadId { get; }

    /// <summary>Ids of the text model; placeholders are numbered from here on.</summary>
    public int VocabularySize { get; }

    /// <summary>Ids of a framed prompt: 77 for all CLIP models.</summary>
    public int MaxLength { get; }

    /// <summary>The ids of a plain text, without begin and end, of any length.</summary>
    public IReadOnlyList<int> Tokenize(string text)
    {
        var ids = new List<int>();
        foreach (var (segment, special) in SplitOn(text, _specials))
        {
            if (special is { } token)
                ids.Add(_vocabulary[token]);
            else
                TokenizeClean(Clean(segment), ids);
        }

        return ids;
    }

    /// <summary>Frames a prompt in which <c>S*</c> or <c>*</c> stands for placeholder 0.</summary>
    public TokenizedPrompt Encode(string prompt) => Encode(prompt, SinglePlaceholder);

    /// <summary>Frames a prompt: begin, at most <see cref="MaxLength"/> − 2 ids, end, padding.</summary>
    /// <param name="placeholders">Written forms, such as <c>&lt;my-teapot&gt;</c>, and the placeholder each one means.
    /// Case matters; the longest form wins.</param>
    /// <param name="names">The ids that each placeholder takes, one after the other, of the vocabulary or behind it; null: one of its
    /// own each, <see cref="VocabularySize"/> + placeholder.</param>
    public TokenizedPrompt Encode(
        string prompt, IReadOnlyDictionary<string, int> placeholders, IReadOnlyList<IReadOnlyList<int>>? names = null)
    {
        var tokens = new List<int>();
        var columns = new List<PlaceholderColumn>();
        foreach (var (segment, form) in SplitOn(prompt, placeholders.Keys))
        {
            if (form is null)
            {
                tokens.AddRange(Tokenize(segment));
                continue;
            }
            var placeholder = placeholders[form];
            foreach (var (row, id) in (names?[placeholder] ?? [VocabularySize + placeholder]).Index())
            {
                tokens.Add(id);
                columns.Add(new(tokens.Count, placeholder, row));
            }
        }

        var kept = Math.Min(tokens.Count, MaxLength - 2);
        var ids = new long[MaxLength];
        Array.Fill(ids, PadId);
        ids[0] = BeginId;
        for (var i = 0; i < kept; i++)
            ids[i + 1] = tokens[i];
        ids[kept + 1] = EndId;
        columns.RemoveAll(c => c.Column > kept);

        return new(ids, columns, Array.IndexOf(ids, EndId, 1), tokens.Count - kept);
    }

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in UnicodeRepair.Repair(text).EnumerateRunes())
        {
            if (!Rune.IsWhiteSpace(rune))
                clean.Append(rune.ToString());
            else if (clean.Length > 0 && clean[^1] != ' ')
                clean.Append(' ');
        }

        return UnicodeText.Lower(clean.ToString().TrimEnd(' '));
    }

    private void TokenizeClean(string text, List<int> ids)
    {
        for (var at = 0; at < text.Length;)
        {
            var length = WordLength(text, at, out var special);
            if (special is not null)
                ids.Add(_vocabulary[special]);
            else if (length > 0)
                Merge(text.AsSpan(at, length), ids);
            at += Math.Max(length, 1);              // 0: a space
        }
    }

    /// <summary>
    /// Length of the word at <paramref name="at"/>: a special token, a contraction, letters, one digit,
    /// or a run of other signs; 0 at white space.
    /// </summary>
    private int WordLength(string text, int at, out string? special)
    {
        foreach (var token in _specials)
        {
            if (string.Compare(text, at, token, 0, token.Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                special = token;
                return token.Length;
            }
        }

        special = null;
        foreach (var contraction in Contractions)
        {
            if (StartsWith(text, at, contraction))
                return contraction.Length;
        }

        Rune.DecodeFromUtf16(text.AsSpan(at), out var first, out var length);
        var kind = KindOf(first);
        if (kind is Kind.Space)
            return 0;
        if (kind is Kind.Digit)
            return length;
        while (at + length < text.Length && Rune.DecodeFromUtf16(text.AsSpan(at + length), out var next, out var size) is var _
            && KindOf(next) == kind)
            length += size;
        return length;
    }

    /// <summary>Case is folded already, but for ſ (U+017F), which counts as an s in a case-insensitive match.</summary>
    private static bool StartsWith(string text, int at, string contraction)
    {
        if (at + contraction.Length > text.Length)
            return false;
        for (var i = 0; i < contraction.Length; i++)
        {
            if ((text[at + i] == 'ſ' ? 's' : text[at + i]) != contraction[i])
                return false;
        }

        return true;
    }

    private enum Kind
    {
        Space,
        Letter,
        Digit,
        Other,
    }

    private static Kind KindOf(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        <= UnicodeCategory.OtherLetter => Kind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Digit,
        _ => Rune.IsWhiteSpace(rune) ? Kind.Space : Kind.Other,
    };

    private void Merge(ReadOnlySpan<char> word, List<int> ids)
    {
        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(word.Length)];
        var symbols = bytes.AsSpan(0, Encoding.UTF8.GetBytes(word, bytes)).ToArray().Select(b => ByteSymbols[b]).ToList();
        symbols[^1] += EndOfWord;
        while (symbols.Count > 1)
        {
            var best = int.MaxValue;
            (string Left, string Right) pair = default;
            for (var i = 0; i + 1 < symbols.Count; i++)
            {
                if (_ranks.TryGetValue((symbols[i], symbols[i + 1]), out var rank) && rank < best)
                    (best, pair) = (rank, (symbols[i], symbols[i + 1]));
            }

            if (best == int.MaxValue)
                break;
            symbols = MergeAll(symbols, pair);
        }

        foreach (var symbol in symbols)
            ids.Add(_vocabulary.GetValueOrDefault(symbol, _unknownId));
    }

    private static List<string> MergeAll(List<string> symbols, (string Left, string Right) pair)
    {
        var merged = new List<string>(symbols.Count);
        for (var i = 0; i < symbols.Count; i++)
        {
            if (i + 1 < symbols.Count && symbols[i] == pair.Left && symbols[i + 1] == pair.Right)
                merged.Add(pair.Left + symbols[++i]);
            else
                merged.Add(symbols[i]);
        }

        return merged;
    }

    /// <summary>The text in pieces: either plain, or exactly one of the marks. At one place the longest mark wins.</summary>
    private static IEnumerable<(string Segment, string? Mark)> SplitOn(string text, IEnumerable<string> marks)
    {
        string[] longestFirst = [.. marks.Where(m => m.Length > 0).OrderByDescending(m => m.Length).ThenBy(m => m, StringComparer.Ordinal)];
        var start = 0;
        for (var at = 0; at < text.Length;)
        {
            if (Array.Find(longestFirst, m => string.CompareOrdinal(text, at, m, 0, m.Length) == 0
                && !SplitsWord(text, at, m)) is not { } mark)
            {
                at++;
                continue;
            }

            if (at > start)
                yield return (text[start..at], null);
            yield return (mark, mark);
            start = at += mark.Length;
        }

        if (start < text.Length)
            yield return (text[start..], null);
    }

    /// <summary>"ALPS*" holds the placeholder * after a word, not S* after "ALP".</summary>
    private static bool SplitsWord(string text, int at, string mark) =>
        at > 0 && char.IsLetterOrDigit(mark[0]) && char.IsLetterOrDigit(text[at - 1]);

    /// <summary>
    /// Bytes as printable characters: 33–126, 161–172 and 174–255 stand for themselves, the others for U+0100 and following.
    /// </summary>
    private static string[] MakeByteSymbols()
    {
        var symbols = new string[256];
        var next = 256;
        for (var b = 0; b < 256; b++)
            symbols[b] = ((char)(b is (>= 33 and <= 126) or (>= 161 and <= 172) or >= 174 ? b : next++)).ToString();
        return symbols;
    }

    private static Dictionary<(string Left, string Right), int> ReadMerges(string path, byte[] content)
    {
        var ranks = new Dictionary<(string Left, string Right), int>();
        using var lines = new StreamReader(new MemoryStream(content), Encoding.UTF8);
        lines.ReadLine();                                           // the first line tells a version
        while (lines.ReadLine() is { } line)
        {
            if (line.Length == 0)
                continue;
            if (line.Split(' ') is not [{ Length: > 0 } left, { Length: > 0 } right] || !ranks.TryAdd((left, right), ranks.Count))
                throw new InvalidDataException($"'{path}': merge {ranks.Count + 1} is '{line}'; wanted two symbols, once each pair.");
        }

        return ranks;
    }

    private static IEnumerable<KeyValuePair<string, JsonElement>> ReadJson(string path, byte[] content)
    {
        using var json = TokenizerSettings.Parse(path, content);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"'{path}' holds {json.RootElement.ValueKind}; wanted an object.");
        foreach (var member in json.RootElement.EnumerateObject())
            yield return new(member.Name, member.Value);
    }
}
