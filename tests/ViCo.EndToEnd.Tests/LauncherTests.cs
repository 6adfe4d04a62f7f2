using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The launcher <c>./vico</c>: what it prepares, and that asking for help prepares nothing.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-launcher-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("test", "--help")]
    [InlineData("test", "-h")]
    [InlineData("test", "--filter", "Jobs", "-?")]
    [InlineData("up", "--help")]
    public async Task Help_installs_nothing(params string[] arguments)
    {
        Assert.Equal($"vico {string.Join(' ', arguments)}", await RunAsync(arguments));
        Assert.Empty(Installed());
    }

    [Fact]
    public async Task The_tests_get_what_they_start()
    {
        await RunAsync("test");
        Assert.Contains(Installed(), line => line.StartsWith("npm ci", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=8589934592")]
    [InlineData("ulimit -d 8388608; ", "glibc.malloc.mmap_threshold=1048576")]
    [InlineData("ulimit -d 8388608; GLIBC_TUNABLES=glibc.malloc.check=0 ", "glibc.malloc.check=0")]
    public async Task Blocks_of_memory_are_kept_unless_the_memory_is_limited_or_the_user_says_otherwise(string before, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The setting is glibc's.");
        await RunAsync("--help");
        await ScriptAsync(Path.Combine("artifacts", "bin", "ViCo.Cli", "release", "vico"), "echo $GLIBC_TUNABLES");

        await using var launcher = Child.Start("bash", ["-c", $"unset GLIBC_TUNABLES; {before}bash ./vico --help"],
            [("VICO_TORCH_BACKEND", "cpu"), ("DOTNET_ROOT", _folder)], _folder);
        Assert.Equal(0, await launcher.WaitForExitAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(expected, launcher.Output);
    }

    private string[] Installed()
    {
        var list = Path.Combine(_folder, "installed");
        return File.Exists(list) ? File.ReadAllLines(list) : [];
    }

    /// <summary>
    /// The launcher in a folder of its own, where the program is built already, and whoever is asked to install something writes that down.
    /// </summary>
    private async Task<string> RunAsync(params string[] arguments)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "It is a script for bash.");
        File.Copy(Path.Combine(Programs.Repository, "vico"), Path.Combine(_folder, "vico"));
        await ScriptAsync(Path.Combine("artifacts", "bin", "ViCo.Cli", "release", "vico"), "echo vico \"$@\"");
        await File.WriteAllTextAsync(Path.Combine(_folder, "artifacts", "vico.stamp"), "TorchBackend=cpu",
            TestContext.Current.CancellationToken);
        foreach (var installer in new[] { "npm", "apt-get", "dotnet" })
            await ScriptAsync(Path.Combine("tools", installer), $"echo {installer} \"$@\" >> {_folder}/installed");
        Directory.CreateDirectory(Path.Combine(_folder, "tests", "node"));
        foreach (var file in new[] { "package.json", "package-lock.json" })
            File.Copy(Path.Combine(Programs.Repository, "tests", "node", file), Path.Combine(_folder, "tests", "node", file));

        await using var launcher = Child.Start("bash", [Path.Combine(_folder, "vico"), .. arguments],
            [("PATH", $"{_folder}/tools:{Environment.GetEnvironmentVariable("PATH")}"), ("VICO_TORCH_BACKEND", "cpu"),
                ("DOTNET_ROOT", _folder)]);
        Assert.Equal(0, await launcher.WaitForExitAsync(TimeSpan.FromMinutes(1)));
        return launcher.Output;
    }

    private async Task ScriptAsync(string path, string line)
    {
        var file = Path.Combine(_folder, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, $"#!/bin/sh\n{line}\n", TestContext.Current.CancellationToken);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }
}
