using System.Diagnostics;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>Ctrl-C while <c>vico up</c> is starting ends it with one line, at whatever moment it comes.</summary>
public sealed class StopWhileStartingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-stop-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(400)]
    [InlineData(1200)]
    public async Task It_says_that_it_stopped_and_nothing_else(int milliseconds)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is sent as a signal, by programs that Linux has.");
        // Whoever started the tests in the background had them ignore Ctrl-C, and what they start with them.
        await using var up = Child.Start("env",
            ["--default-signal=INT", Programs.Vico, "up", "--urls", "http://127.0.0.1:0", "--data", _folder, "--engine", "rehearsal"],
            [("VICO_ROOT", Programs.Repository)]);
        await up.WaitUntilAsync(
            () => Task.FromResult(up.Output.Contains("is starting", StringComparison.Ordinal)), TimeSpan.FromSeconds(60), "starting");
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        var hasStarted = up.Output.Contains("Ctrl-C stops", StringComparison.Ordinal);
        using (var kill = Process.Start("kill", ["-INT", $"{up.Id}"])) await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        var code = await up.WaitForExitAsync(TimeSpan.FromSeconds(60));

        var said = up.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(said, line =>
            line.StartsWith("fail:", StringComparison.Ordinal) || line.Contains("   at ", StringComparison.Ordinal));
        if (hasStarted) return;                                  // a quick machine: it was stopped, and not while starting
        Assert.Equal(130, code);
        Assert.Equal("vico: stopped", said[^1]);
        Assert.Equal(2, said.Length);
    }
}
