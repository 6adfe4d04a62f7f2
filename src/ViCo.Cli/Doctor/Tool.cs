using System.ComponentModel;
using System.Diagnostics;

namespace ViCo.Cli.Doctor;

/// <summary>Programs that are asked whether they are there.</summary>
internal static class Tool
{
    /// <summary>The first line that a program prints, or null when there is no such program.</summary>
    public static string? Run(string program, params string[] arguments)
    {
        try
        {
            // Asked in the repository's root: there global.json says which SDK counts.
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = Directory.Exists(Installation.Root) ? Installation.Root : "",
            });
            var line = process!.StandardOutput.ReadLine();
            process.WaitForExit();
            return process.ExitCode == 0 ? line?.Trim() : null;
        }
        catch (Win32Exception)
        {
            return null;
        }
    }

    public static Finding ForTests(string program, string use, params string[] others)
    {
        var folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Append(Path.Combine(Installation.Root, "artifacts", "node", "node_modules", ".bin"));
        var found = folders.SelectMany(f => others.Prepend(program).Select(p => Path.Combine(f, p))).FirstOrDefault(File.Exists);
        return found is not null
            ? Finding.Good(program, found)
            : Finding.Note(program, $"not there; only for tests: {use}");
    }
}
