using System.Diagnostics;

namespace ViCo.Cli.Testing;

/// <summary>A test project of the repository: an executable that xunit.v3 made of it.</summary>
internal sealed class TestProject(string root, string name)
{
    /// <summary>Longer than any project may take: what hangs is ended and counts as failed.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(30);

    public string Name => name;

    private string Executable => Path.Combine(root, "artifacts", "bin", name, "release", name);

    /// <summary>All test projects, cheapest first.</summary>
    public static IReadOnlyList<TestProject> All(string root) =>
        [.. Directory.EnumerateDirectories(Path.Combine(root, "tests"), "*.Tests")
            .Select(d => Path.GetFileName(d)!)
            .Where(n => File.Exists(Path.Combine(root, "tests", n, $"{n}.csproj")))
            .OrderBy(n => n.Contains("EndToEnd", StringComparison.Ordinal))
            .ThenBy(n => n, StringComparer.Ordinal)
            .Select(n => new TestProject(root, n))];

    /// <summary>Runs it and reads its report; a process that breaks off is reported as one failed test.</summary>
    public async Task<(TestReport Report, TimeSpan Took)> RunAsync(
        IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        var results = Path.Combine(root, "artifacts", "tests");
        Directory.CreateDirectory(results);
        var file = Path.Combine(results, $"{name}.ctrf.json");
        var log = Path.Combine(results, $"{name}.log");
        File.Delete(file);

        var start = new ProcessStartInfo(Executable, ["-noLogo", "-noColor", "-noAutoReporters", "-result-ctrf", file, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = root,
        };
        foreach (var (key, value) in environment) start.Environment[key] = value;

        var began = TimeProvider.System.GetTimestamp();
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        var (exitCode, last) = (0, new Queue<string>());
        using (var process = Process.Start(start) ?? throw new InvalidOperationException($"{Executable} did not start."))
        await using (var writer = new StreamWriter(log))
        {
            try
            {
                await Task.WhenAll(CopyAsync(process.StandardOutput), CopyAsync(process.StandardError),
                    process.WaitForExitAsync(either.Token));
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                process.Kill(entireProcessTree: true);
                return (Broken($"did not end within {Limit.TotalMinutes:0} minutes and was stopped"),
                    TimeProvider.System.GetElapsedTime(began));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                throw;
            }

            exitCode = process.ExitCode;

            async Task CopyAsync(StreamReader reader)
            {
                while (await reader.ReadLineAsync(either.Token) is { } line)
                {
                    lock (last)
                    {
                        writer.WriteLine(line);
                        last.Enqueue(line);
                        if (last.Count > 60) last.Dequeue();
                    }
                }
            }
        }

        var took = TimeProvider.System.GetElapsedTime(began);
        if (!File.Exists(file)) return (Broken($"ended with code {exitCode} and no report"), took);
        var report = TestReport.Read(file);
        // xunit answers 0 when all passed and 1 when tests failed; anything else, or 1 without a failed test, broke off outside a test.
        return exitCode != 0 && !report.Failed.Any()
            ? (new([.. report.Tests, .. Broken($"ended with code {exitCode} although no test failed").Tests]), took)
            : (report, took);

        TestReport Broken(string what) =>
            new([new(name, "failed", $"{name} {what}. Its last lines ({log}):\n{string.Join('\n', last)}", null)]);
    }
}
