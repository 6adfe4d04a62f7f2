using System.Text;
using System.Text.Json;

namespace ViCo.Options.Tests;

/// <summary>What docs say of options is what the descriptions say.</summary>
public sealed class DocumentedOptionsTests
{
    private const string Rewrite = "VICO_WRITE_DOCS";

    [Fact]
    public void The_page_of_options_is_made_from_their_descriptions()
    {
        var page = Repository.PathOf("docs", "options.md");
        if (Environment.GetEnvironmentVariable(Rewrite) is "1") File.WriteAllText(page, Page(OptionCatalog.Default));
        Assert.True(
            Page(OptionCatalog.Default) == File.ReadAllText(page).ReplaceLineEndings("\n"),
            $"docs/options.md is not what the descriptions say; {Rewrite}=1 dotnet run --project tests/ViCo.Options.Tests writes it anew.");
    }

    [Fact]
    public void An_option_that_is_in_a_list_and_nowhere_else_has_a_row()
    {
        var warmth = Option.Number("warmth", 0, 1, 0.25, "How warm it looks.") with { Since = 2 };
        var catalog = OptionCatalog.Default with { Common = OptionCatalog.Default.Common.And(warmth) };
        const string row = "\n| `warmth` | 0 to 1 | `0.25` | How warm it looks. | off its default |\n";
        Assert.Contains(row, Page(catalog), StringComparison.Ordinal);
    }

    [Fact]
    public void The_table_of_differences_has_every_switch_and_choice_of_a_training_with_its_default_and_its_other_values()
    {
        var rows = File.ReadLines(Repository.PathOf("docs", "engine.md")).Where(line => line.StartsWith("| `--", StringComparison.Ordinal))
            .Select(line => line.Split('|')).ToDictionary(cells => cells[1].Split('`')[1]);
        var options = OptionCatalog.Default.Training.Where(o => o.Kind is OptionKind.Switch or OptionKind.Choice)
            .ExceptBy(["method", "half"], o => o.Name).Append(VisualConditionOption.OtsuBins).ToList();
        Assert.Equal(options.Select(o => $"--{o.KebabName}").Order(), rows.Keys.Order());
        foreach (var option in options)
        {
            var row = rows[$"--{option.KebabName}"];
            Assert.Contains($"`{OptionSpec.Format(option.Fallback!)}`", row[2], StringComparison.Ordinal);
            foreach (var other in option.Choices.Select(c => c.Value).Where(value => !value.Equals(option.Fallback)))
                Assert.Contains($"`{other}`", row[3], StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_studios_form_has_a_field_for_every_kind_of_option_that_a_training_or_a_drawing_has()
    {
        var script = File.ReadAllText(Repository.PathOf("src", "ViCo.Gateway", "wwwroot", "js", "options.js"));
        var kinds = OptionCatalog.Default.Training.Concat(OptionCatalog.Default.Sampling).Select(o => o.Kind).Distinct();
        var fields = kinds.Select(kind => $"\n  {JsonNamingPolicy.CamelCase.ConvertName(kind.ToString())}: ");
        Assert.All(fields, field => Assert.Contains(field, script, StringComparison.Ordinal));
    }

    private static string Page(OptionCatalog catalog)
    {
        var page = new StringBuilder($"""
            # Options

            Every option, made from its description in `src/ViCo.Options`. REST and `vico.json` write names as they stand here, the command
            line in kebab-case: `samplingSteps` is `--sampling-steps`. Where a base model usually brings a default of its own, the one here
            is Stable Diffusion's. The last column says when an option is part of a training's fingerprint, which has to agree for a paused
            training to go on.

            Do not write in this page: `{Rewrite}=1 dotnet run --project tests/ViCo.Options.Tests` makes it anew.

            """);
        Add("Every training: `vico train`, `POST /concepts/{concept}/trainings`", catalog.Training.Take(1 + catalog.Common.Count));
        foreach (var method in catalog.Methods) Add($"Trainings by `{method.Name}` ({method.Meaning})", method.Options);
        Add("A drawing: `vico sample`, `POST /images`", catalog.Sampling);
        Add("An engine: every verb that has `--model`; `ViCo__Engine__…` of a silo", EngineOption.All);
        return page.Replace("\r", "").ToString();

        void Add(string title, IEnumerable<OptionSpec> options)
        {
            page.Append($"\n## {title}\n\n| Option | Values | Default | What it does | Fingerprint |\n|---|---|---|---|---|\n");
            foreach (var o in options)
                page.Append(
                    $"| `{o.Name}` | {Values(o)} | {Default(o)} | {o.Help} | "
                    + $"{(!o.MovesNumbers ? "no" : o.Since == 1 ? "yes" : "off its default")} |\n");
        }
    }

    private static string Values(OptionSpec option) => option.Kind == OptionKind.Choice
        ? string.Join("; ", option.Choices.Select(c => $"`{c.Value}`: {c.Meaning}"))
        : option.Wanted;

    private static string Default(OptionSpec option) =>
        (option.Fallback is null or "" ? "" : $"`{OptionSpec.Format(option.Fallback)}`") + (option.FromModel ? " (model)" : "");
}
