using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using ViCo.Engine;

namespace ViCo.Cli.CommandLine;

/// <summary><c>--switch NAME=VALUE</c>: where paper, published code and ports differ (docs/engine.md), one option for all of them.</summary>
internal sealed class SwitchOption
{
    private static readonly JsonSerializerOptions Kebab = new() { PropertyNamingPolicy = JsonNamingPolicy.KebabCaseLower };

    private readonly Option<string[]> _switches = new("--switch")
    {
        Description = $"NAME=VALUE, where paper and published code differ (docs/engine.md). May be repeated. Names: {string.Join(", ", Defaults().Select(s => s.Key))}.",
        HelpName = "NAME=VALUE",
    };

    public void AddTo(Command command) => command.Add(_switches);

    /// <summary>What was switched, or null where nothing was.</summary>
    /// <exception cref="UsageException">There is no such switch, or its value is of another kind.</exception>
    public VisualConditionSwitches? Value(ParseResult parsed) => parsed.GetValue(_switches) is { Length: > 0 } pairs ? Parse(pairs) : null;

    private static VisualConditionSwitches Parse(string[] pairs)
    {
        var all = Defaults();
        foreach (var pair in pairs)
        {
            var (name, value) = pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (pair[..at], pair[(at + 1)..]) : (pair, "");
            if (!all.TryGetPropertyValue(name, out var now))
                throw new UsageException($"--switch {pair}: there is no switch '{name}'; there are: {string.Join(", ", all.Select(s => s.Key))}.");
            try
            {
                all[name] = now switch
                {
                    JsonArray => JsonNode.Parse($"[{value}]"),
                    JsonValue v when v.GetValueKind() is not JsonValueKind.String => JsonNode.Parse(value),
                    _ => value,                                  // a word, or null where the base model decides
                };
                _ = all.Deserialize<VisualConditionSwitches>(Kebab);
            }
            catch (JsonException)
            {
                throw new UsageException($"--switch {pair}: '{value}' is no value of {name}, which is {now?.ToJsonString(Kebab)} unless set.");
            }
        }

        return all.Deserialize<VisualConditionSwitches>(Kebab)!;
    }

    private static JsonObject Defaults() => JsonSerializer.SerializeToNode(new VisualConditionSwitches(), Kebab)!.AsObject();
}
