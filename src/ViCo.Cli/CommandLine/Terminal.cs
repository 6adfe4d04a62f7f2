using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Spectre.Console;

namespace ViCo.Cli.CommandLine;

/// <summary>What a verb says: results to stdout, so that they can be piped; progress and warnings to stderr.</summary>
internal static class Terminal
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly JsonSerializerOptions _line = new(_json) { WriteIndented = false };

    /// <summary>Where progress is shown.</summary>
    public static IAnsiConsole Progress { get; } = ToStandardError();

    /// <summary><c>--json</c>, the same at every verb that has results.</summary>
    public static System.CommandLine.Option<bool> JsonOption() => new("--json") { Description = "Results as JSON on stdout." };

    public static void Warn(string warning) => Progress.MarkupLineInterpolated($"  [yellow]{warning}[/]");

    /// <summary>A remark that is no result.</summary>
    public static void Say(string words) => Console.Error.WriteLine(words);

    /// <summary>A result: one JSON document.</summary>
    public static void Json<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, _json));

    /// <summary>A result of many: one JSON document a line.</summary>
    public static void JsonLine<T>(T value) => Console.WriteLine(JsonSerializer.Serialize(value, _line));

    private static IAnsiConsole ToStandardError()
    {
        var console = AnsiConsole.Create(new() { Out = new AnsiConsoleOutput(Console.Error) });
        // Written into a file or a pipe, a line is a line: nothing folds it at the width of a terminal that is not there.
        if (Console.IsErrorRedirected) console.Profile.Width = 500;
        return console;
    }

    /// <summary>Rows under headings, in columns.</summary>
    public static void Table(IReadOnlyList<string> headings, IEnumerable<IReadOnlyList<string>> rows)
    {
        List<IReadOnlyList<string>> all = [headings, .. rows];
        int[] widths = [.. headings.Select((_, column) => all.Max(row => row[column].Length))];
        foreach (var row in all) Console.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column])))
            .TrimEnd());
    }
}
