using System.CommandLine;
using System.Diagnostics;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Testing;

namespace ViCo.Cli;

/// <summary><c>vico test</c>: builds and runs every test project; the last line is <c>N passed, N failed, N skipped</c>.</summary>
internal static class TestCommand
{
    public static Command Create()
    {
        var isLong = new Option<bool>("--long")
        {
            Description = "Also the tests that take many minutes, such as twenty kill -9 at a random step.",
        };
        var goldens = new Option<string?>("--goldens")
        {
            Description = "Run the golden tests only, over the sets in this folder (same format as tests/goldens).",
            HelpName = "DIR",
        };
        var filter = new Option<string?>("--filter") { Description = "Only tests whose full name contains this.", HelpName = "TEXT" };
        var noBuild = new Option<bool>("--no-build") { Description = "Take the test programs as they were built last." };
        var command = new Verb(
            "test",
            "Builds and runs all tests, one project after another.",
            ("vico test", "everything but the long ones"),
            ("vico test --filter JobGrain", "what concerns the job grain"),
            ("vico test --goldens ~/goldens-seed2", "the golden runner over another set: other seeds, widths, latent sizes, head counts"))
        {
            isLong, goldens, filter, noBuild,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetValue(isLong), parsed.GetValue(goldens), parsed.GetValue(filter), parsed.GetValue(noBuild), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(bool isLong, string? goldens, string? filter, bool noBuild, CancellationToken cancellationToken)
    {
        var root = Installation.Root;
        if (!Directory.Exists(Path.Combine(root, "tests")))
            throw new UsageException($"The tests run from a clone of the repository; {root} has no tests folder.");
        if (goldens is not null && filter is not null) throw new UsageException("--goldens and --filter exclude each other.");
        if (goldens is not null && !Directory.Exists(goldens))
            throw new UsageException(
                $"There is no folder '{goldens}'. A set of goldens is a folder of folders of NAME.json and NAME.safetensors.");

        IReadOnlyList<TestProject> projects = goldens is null
            ? TestProject.All(root)
            : [new TestProject(root, "ViCo.Engine.Tests")];
        if (!noBuild && await BuildAsync(root, projects, cancellationToken) is var code and not 0) return code;

        var arguments = new List<string>();
        // The golden runners live in one namespace; a test elsewhere that reads a set says so by a trait.
        if (goldens is not null) arguments.AddRange(["-filter", "/*/ViCo.Engine.Tests.Goldens*", "-filter", "/[Category=Golden]"]);
        else if (filter is not null) arguments.AddRange(["-method", $"*{filter}*"]);
        var environment = new Dictionary<string, string>();
        if (isLong) environment["VICO_LONG"] = "1";
        if (goldens is not null) environment["VICO_GOLDENS"] = Path.GetFullPath(goldens);

        var (passed, failed, skipped) = (0, 0, 0);
        foreach (var project in projects)
        {
            var (report, took) = await project.RunAsync(arguments, environment, cancellationToken);
            if (report.Tests.Count == 0 && filter is not null) continue;
            passed += report.PassedCount;
            failed += report.Failed.Count();
            skipped += report.Skipped.Count();
            Console.WriteLine(
                $"{project.Name,-22} {report.PassedCount,5} passed {report.Failed.Count(),4} failed {report.Skipped.Count(),4} "
                    + $"skipped   {PhaseProgress.Elapsed(took)}");
            foreach (var test in report.Skipped) Console.WriteLine($"    skipped  {test.Name}: {test.Message}");
            foreach (var test in report.Failed)
            {
                Console.WriteLine($"    FAILED   {test.Name}");
                foreach (var line in $"{test.Message}\n{test.Trace}".TrimEnd().Split('\n')) Console.WriteLine($"        {line.TrimEnd()}");
            }
        }

        if (passed + failed + skipped == 0 && filter is not null) Console.WriteLine($"No test's name contains '{filter}'.");
        Console.WriteLine($"{passed} passed, {failed} failed, {skipped} skipped");
        return failed == 0 && passed > 0 ? 0 : 1;
    }

    /// <summary>One build for all of them: the whole solution, or the one project that runs.</summary>
    private static async Task<int> BuildAsync(string root, IReadOnlyList<TestProject> projects, CancellationToken cancellationToken)
    {
        var target = projects is [var only] ? Path.Combine("tests", only.Name) : "ViCo.sln";
        var start = new ProcessStartInfo("dotnet", ["build", target, "-c", "Release", "--nologo", "-tl:off", "-v:quiet", "-clp:NoSummary"])
        {
            WorkingDirectory = root,
            RedirectStandardOutput = true,
        };
        // In CI a restore that would change a lock file is an error, not a repair.
        if (Environment.GetEnvironmentVariable("CI") is { Length: > 0 }) start.ArgumentList.Add("-p:RestoreLockedMode=true");
        var began = TimeProvider.System.GetTimestamp();
        using var build = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        var output = await build.StandardOutput.ReadToEndAsync(cancellationToken);
        await build.WaitForExitAsync(cancellationToken);
        if (build.ExitCode != 0)
        {
            Console.WriteLine(output);
            Console.WriteLine($"The build of {target} failed.");
            Console.WriteLine("0 passed, 1 failed, 0 skipped");
            return 1;
        }

        Console.WriteLine($"built {target} ({PhaseProgress.Elapsed(TimeProvider.System.GetElapsedTime(began))})");
        return 0;
    }
}
