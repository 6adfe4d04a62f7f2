using System.Text.Json;

namespace ViCo.Cli.Testing;

/// <summary>What one test project reported, read from its CTRF file (Common Test Report Format, which xunit.v3 writes).</summary>
internal sealed record TestReport(IReadOnlyList<TestReport.Test> Tests)
{
    /// <param name="Status"><c>passed</c>, <c>failed</c>, <c>skipped</c>; anything else counts as failed.</param>
    public sealed record Test(string Name, string Status, string? Message, string? Trace);

    public IEnumerable<Test> Skipped => Tests.Where(t => t.Status == "skipped");

    public IEnumerable<Test> Failed => Tests.Where(t => t.Status is not ("passed" or "skipped"));

    public int PassedCount => Tests.Count(t => t.Status == "passed");

    /// <exception cref="InvalidDataException">The file is no CTRF report: the run broke off while writing it.</exception>
    public static TestReport Read(string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var results = document.RootElement.GetProperty("results");
            var tests = results.GetProperty("tests").EnumerateArray()
                .Select(t => new Test(t.GetProperty("name").GetString()!, t.GetProperty("status").GetString()!, Text(t, "message"),
                    Text(t, "trace")))
                .ToList();
            // A fixture that could not be cleaned up, or a class that could not be made, is an error of its suite and of no test.
            if (results.TryGetProperty("extra", out var extra) && extra.TryGetProperty("suites", out var suites))
            {
                foreach (var error in suites.EnumerateArray().Where(s => s.TryGetProperty("errors", out _))
                    .SelectMany(s => s.GetProperty("errors").EnumerateArray()))
                    tests.Add(new("(outside any test)", "failed", error.GetRawText(), null));
            }

            return new(tests);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or IOException)
        {
            throw new InvalidDataException($"'{file}' is no test report: {e.Message}", e);
        }
    }

    private static string? Text(JsonElement test, string name) => test.TryGetProperty(name, out var value) ? value.GetString() : null;
}
