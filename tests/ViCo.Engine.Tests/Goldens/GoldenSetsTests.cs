using System.Reflection;

namespace ViCo.Engine.Tests.Goldens;

/// <summary>Which golden folders run: one line each, so that a folder nobody runs is seen.</summary>
public sealed class GoldenSetsTests
{
    public static TheoryData<string> Folders() =>
        [.. Directory.EnumerateDirectories(GoldenCase.Root).Select(d => Path.GetFileName(d)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Folders))]
    public void A_golden_folder_is_run_by_a_test_class(string folder)
    {
        var runners = typeof(GoldenSetsTests).Assembly.GetTypes()
            .Where(t => t.GetCustomAttributes<GoldenSetAttribute>().Any(a => a.Folder == folder))
            .Select(t => t.Name)
            .ToList();
        if (runners.Count == 0)
            Assert.Skip($"Golden set '{folder}' is not supported yet.");
    }
}
