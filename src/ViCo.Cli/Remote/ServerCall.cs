using System.CommandLine;
using ViCo.Cli.CommandLine;
using ViCo.Client;

namespace ViCo.Cli.Remote;

/// <summary>One call of a verb that talks to a server.</summary>
/// <param name="Json">Results are to be JSON.</param>
internal sealed record ServerCall(ParseResult Parsed, ViCoClient Client, bool Json, CancellationToken Stop)
{
    /// <summary>How many a list shows unless told otherwise.</summary>
    public const int DefaultLimit = 50;

    public T Get<T>(Argument<T> argument) => Parsed.GetValue(argument)!;

    public T? Get<T>(System.CommandLine.Option<T> option) => Parsed.GetValue(option);

    /// <summary>Prints one thing: as JSON, or as lines of name and value.</summary>
    public void Show<T>(T value, params (string Name, object? Value)[] lines)
    {
        if (Json) Terminal.Json(value);
        else foreach (var (name, shown) in lines.Where(l => l.Value is not null)) Console.WriteLine($"{name,-10} {Words(shown!)}");
    }

    /// <summary>Prints the first so many of a list: as a JSON array, or in columns.</summary>
    public async Task ListAsync<T>(
        IAsyncEnumerable<T> items, System.CommandLine.Option<int?>? most, params (string Heading, Func<T, object?> Cell)[] columns)
    {
        var limit = most is null ? int.MaxValue : Get(most) ?? DefaultLimit;
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
