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

    /// <summary>
    /// Strangers' pictures are decoded in managed code; only the command line, which draws plots, has a native drawing library.
    /// </summary>
    [Fact]
    public void Neither_gateway_nor_silo_ships_Skia_and_the_gateway_ships_nothing_native()
    {
        foreach (var program in new[] { Programs.Gateway, Programs.Silo })
            Assert.DoesNotContain(Files(program), f => Path.GetFileName(f).Contains("Skia", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(Files(Programs.Gateway), f => f.Contains("/native/", StringComparison.Ordinal)
            || f.EndsWith(".so", StringComparison.Ordinal));
        Assert.Contains(Files(Programs.Silo), f => Path.GetFileName(f).Contains("LibTorchSharp", StringComparison.Ordinal));
    }

    /// <summary>What lies beside the program, however it came there.</summary>
    private static IEnumerable<string> Files(string program) =>
        Directory.EnumerateFiles(Path.GetDirectoryName(program)!, "*", SearchOption.AllDirectories).Select(f => f.Replace('\\', '/'));

    private static HashSet<string> Libraries(string program)
    {
        using var json = JsonDocument.Parse(File.ReadAllBytes($"{program}.deps.json"));
        return json.RootElement.GetProperty("libraries").EnumerateObject().Select(l => l.Name.Split('/')[0])
            .ToHashSet(StringComparer.Ordinal);
    }
}
