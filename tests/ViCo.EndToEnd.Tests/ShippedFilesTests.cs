using System.Text.Json;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>What each program brings along, read from its <c>.deps.json</c>: what is not listed there cannot be loaded.</summary>
public sealed class ShippedFilesTests
{
    [Fact]
    public void The_silo_ships_the_engine_without_benchmarks_and_downloads()
    {
        var libraries = Libraries(Programs.Silo);
        Assert.Contains("ViCo.Engine", libraries);
        Assert.DoesNotContain("ViCo.Benchmarks", libraries);
        Assert.DoesNotContain("ViCo.Hub", libraries);
        Assert.DoesNotContain("Spectre.Console", libraries);
    }

    [Fact]
    public void The_gateway_ships_no_torch()
    {
        var libraries = Libraries(Programs.Gateway);
        Assert.Contains("ViCo.Grains", libraries);
        Assert.DoesNotContain(libraries, l => l.Contains("torch", StringComparison.OrdinalIgnoreCase) || l == "ViCo.Engine");
    }

    private static HashSet<string> Libraries(string program)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes($"{program}.deps.json"));
        return json.RootElement.GetProperty("libraries").EnumerateObject().Select(l => l.Name.Split('/')[0]).ToHashSet(StringComparer.Ordinal);
    }
}
