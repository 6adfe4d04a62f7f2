using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

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

    /// <summary>A verb <c>delete</c>: one after another goes; with <c>--json</c> their ids come back.</summary>
    /// <param name="before">What stands before the ids.</param>
    public static Verb Delete(
        string description, (string Line, string Meaning) example, Argument<string[]> ids, Func<ServerCall, string, Task> delete,
        params IEnumerable<Symbol> before) =>
        Of("delete", description, example, async call =>
        {
            foreach (var id in call.Get(ids)) await delete(call, id);
            if (call.Json) Terminal.Json(new { deleted = call.Get(ids) });
        }, [.. before, ids]);

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
    public static System.CommandLine.Option<int?> Limit() =>
        Ranged.Int("--limit", $"How many to show. Default {ServerCall.DefaultLimit}.", 1, 100_000);
}
