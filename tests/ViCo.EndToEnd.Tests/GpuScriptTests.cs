using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>
/// <c>bench/gpu.sh</c> runs whole, on the CPU at toy size: who has a GPU for a few minutes shall not spend them on mending it.
/// </summary>
public sealed class GpuScriptTests
{
    [Fact]
    public async Task It_prints_a_figure_in_every_row_of_the_table_in_the_performance_page()
    {
        await using var script = Child.Start(
            "bash", [Path.Combine(Programs.Repository, "bench", "gpu.sh"), "--vico", Programs.Vico, "--device", "cpu", "--size", "toybox",
                "--brief"]);
        Assert.Equal(0, await script.WaitForExitAsync(TimeSpan.FromMinutes(5)));

        var rows = script.Output.Split('\n').Where(l => l.StartsWith("| ", StringComparison.Ordinal))
            .Select(l => l.Split('|', StringSplitOptions.TrimEntries)).ToArray();
        Assert.All(rows.Skip(1), row => Assert.True(double.Parse(row[2], System.Globalization.CultureInfo.InvariantCulture) > 0, row[1]));
        var page = await File.ReadAllTextAsync(Path.Combine(Programs.Repository, "docs", "performance.md"),
            TestContext.Current.CancellationToken);
        Assert.All(rows.Skip(1), row => Assert.Contains($"| {row[1]} | not measured |", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_size_that_there_is_not_is_named()
    {
        await using var script = Child.Start("bash", [Path.Combine(Programs.Repository, "bench", "gpu.sh"), "--size", "huge"]);
        Assert.Equal(2, await script.WaitForExitAsync(TimeSpan.FromMinutes(1)));
        Assert.Contains("--size is huge; wanted sd or toybox", script.Output, StringComparison.Ordinal);
    }
}
