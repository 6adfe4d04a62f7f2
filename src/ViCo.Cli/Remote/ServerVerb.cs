using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary>One call of a verb that talks to a server.</summary>
/// <param name="Json">Results are to be JSON.</param>
internal sealed record ServerCall(ParseResult Parsed, ViCoClient Client, bool Json, CancellationToken Stop)
{
    public T Get<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    public T? Get<T>(System.CommandLine.Option<T> option) => Parsed.GetValue(option);

    /// <summary>Prints one thing: as JSON, or as lines of name and value.</summary>
    public void Show<T>(T value, params (string Name, object? Value)[] lines)
    {
        if (Json) Terminal.Json(value);
        else foreach (var (name, shown) in lines.Where(l => l.Value is not null)) Console.WriteLine($"{name,-10} {Words(shown!)}");
    }

    /// <summary>Prints the first so many of a list: as a JSON array, or in columns.</summary>
    public async Task ListAsync<T>(IAsyncEnumerable<T> items, int limit, params (string Heading, Func<T, object?> Cell)[] columns)
    {
        List<T> shown = [];
        var more = false;
        await foreach (var item in items.WithCancellation(Stop))
        {
            more = shown.Count == limit;
            if (more) break;
            shown.Add(item);
        }
        if (Json) Terminal.Json(shown);
        else Terminal.Table([.. columns.Select(c => c.Heading)],
            shown.Select(item => (IReadOnlyList<string>)[.. columns.Select(c => Words(c.Cell(item)))]));
        if (more) Terminal.Say($"(the newest {limit}; --limit shows more)");
    }

    private static string Words(object? value) => value switch
    {
        null => "",
        DateTimeOffset time => time.ToLocalTime().ToString("yyyy-MM-dd HH:mm", System.Globalization.CultureInfo.InvariantCulture),
        double number => number.ToString("0.####", System.Globalization.CultureInfo.InvariantCulture),
        JobState state => $"{state}".ToLowerInvariant(),
        IEnumerable<string> texts => string.Join(' ', texts),
        _ => $"{value}",
    };
}

/// <summary>Makes verbs that talk to a server: each takes <c>--server</c>, <c>--key-file</c> and <c>--json</c>.</summary>
internal static class ServerVerb
{
    private static readonly System.CommandLine.Option<string?> _server = new("--server")
    {
        Description = "Address of the server. Default: VICO_SERVER, else where vico login signed in.", HelpName = "URL",
    };

    private static readonly System.CommandLine.Option<string?> _keyFile = new("--key-file")
    {
        Description = "File with the API key; -: stdin. Default: VICO_KEY, else that of vico login.", HelpName = "FILE",
    };

    private static readonly System.CommandLine.Option<bool> _json = Terminal.JsonOption();

    public static Verb Of(
        string name, string description, (string Line, string Meaning) example, Func<ServerCall, Task<int>> run,
        params IEnumerable<Symbol> symbols)
    {
        var verb = new Verb(name, description, example);
        foreach (var symbol in symbols)
        {
            if (symbol is Argument argument) verb.Add(argument);
            else verb.Add((System.CommandLine.Option)symbol);
        }
        verb.Add(_server);
        verb.Add(_keyFile);
        verb.Add(_json);
        verb.SetAction(async (parsed, cancellationToken) =>
        {
            using var client = SignedIn.Client(parsed.GetValue(_server), parsed.GetValue(_keyFile));
            return await run(new(parsed, client, parsed.GetValue(_json), cancellationToken));
        });
        return verb;
    }

    /// <summary>A verb that cannot fail but by an error.</summary>
    public static Verb Of(
        string name, string description, (string Line, string Meaning) example, Func<ServerCall, Task> run,
        params IEnumerable<Symbol> symbols) =>
        Of(name, description, example, async call =>
        {
            await run(call);
            return 0;
        }, symbols);

    public static Argument<string> Id(string name, string description) => new(name)
    {
        Description = description,
        HelpName = name.ToUpperInvariant(),
    };

    public static Argument<string[]> Ids(string name, string description) =>
        new(name) { Description = description, HelpName = name.ToUpperInvariant(), Arity = ArgumentArity.OneOrMore };

    public static System.CommandLine.Option<string?> Text(string name, string description, string help) => new(name)
    {
        Description = description,
        HelpName = help,
    };

    /// <summary>How many a list shows.</summary>
    public static System.CommandLine.Option<int?> Limit() => Ranged.Int("--limit", "How many to show. Default 50.", 1, 100_000);

    public const int DefaultLimit = 50;
}
