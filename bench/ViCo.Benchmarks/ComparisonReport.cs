using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using ViCo.Benchmarks.Machines;

namespace ViCo.Benchmarks;

/// <summary>A comparison as a table for people and as JSON for programs.</summary>
internal static class ComparisonReport
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static void Print(Comparison comparison)
    {
        var table = new Table().Border(TableBorder.Simple)
            .AddColumns("path", "wall s", "CPU s", "times as quick", "worst to best round", "by CPU time", "deviates by");
        var ratios = comparison.Ratios.Values.ToList();
        for (var i = 0; i < comparison.Paths.Count; i++)
        {
            var path = comparison.Paths[i];
            string[] pair = i == 0
                ? ["1", "", "1", ""]
                : [Number(ratios[i - 1].Value, "0.00"), $"{Number(ratios[i - 1].Least, "0.00")} to {Number(ratios[i - 1].Most, "0.00")}",
                    Number(ratios[i - 1].Processor, "0.00"), Number(comparison.Deviations[path.Name], "0e+0")
                        + (comparison.Approximate.Contains(path.Name) ? " by design" : "")];
            table.AddRow([path.Name, Number(path.Wall, "0.000"), Number(path.Processor, "0.000"), .. pair]);
        }

        AnsiConsole.Write(table);
        if (!comparison.Agrees)
            AnsiConsole.MarkupLineInterpolated(
                $"[red]✗[/] a path deviates by more than {Number(comparison.Tolerance, "0e+0")}: it does not compute the same");
    }

    public static JsonObject ToJson(Comparison comparison) => new()
    {
        ["ratios"] = Object(comparison.Ratios.Select(r => (r.Key, (JsonNode)r.Value.Value))),
        ["spread"] = Object(comparison.Ratios.Select(r => (r.Key, (JsonNode)new JsonObject
        {
            ["least"] = r.Value.Least, ["most"] = r.Value.Most, ["by_cpu_time"] = r.Value.Processor,
        }))),
        ["seconds"] = Object(comparison.Paths.Select(p => (p.Name, (JsonNode)new JsonObject
        {
            ["wall"] = p.Wall, ["cpu"] = p.Processor, ["rounds"] = new JsonArray([.. p.Rounds.Select(r => (JsonNode)r.Wall)]),
        }))),
        ["deviations"] = Object(comparison.Deviations.Select(d => (d.Key, (JsonNode)d.Value))),
        ["approximate"] = new JsonArray([.. comparison.Approximate.Select(name => (JsonNode)name)]),
        ["agrees"] = comparison.Agrees,
    };

    /// <summary>Writes what was measured beside where, if a file is asked for.</summary>
    public static void Write(FileInfo? file, string benchmark, string size, Machine machine, JsonObject measured)
    {
        if (file is null) return;
        var all = new JsonObject { ["benchmark"] = benchmark, ["size"] = size, ["machine"] = machine.ToJson() };
        foreach (var (name, value) in measured.ToList())
        {
            measured.Remove(name);
            all[name] = value;
        }

        File.WriteAllText(file.FullName, all.ToJsonString(Indented) + "\n");
    }

    public static JsonObject Object(IEnumerable<(string Name, JsonNode Value)> members) =>
        new(members.Select(m => KeyValuePair.Create<string, JsonNode?>(m.Name, m.Value)));

    public static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
