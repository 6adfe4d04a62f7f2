using ViCo.Options;

namespace ViCo.Engine.Tests.Engine;

public sealed class DocumentedOptionsTests
{
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
}
