namespace ViCo.EndToEnd.Tests.Processes;

/// <summary><c>vico</c> as a user starts it: its exit code and all it said.</summary>
internal static class CommandLine
{
    /// <summary>In the repository.</summary>
    public static Task<(int Code, string Output)> RunAsync(params string[] arguments) => RunInAsync(Programs.Repository, arguments);

    /// <summary>With <c>models/</c> of another folder, and a hub that nobody serves.</summary>
    public static async Task<(int Code, string Output)> RunInAsync(string root, params string[] arguments)
    {
        await using var process = Child.Start(Programs.Vico, arguments, [("VICO_ROOT", root), ("HF_ENDPOINT", "http://127.0.0.1:9")]);
        var code = await process.WaitForExitAsync(TimeSpan.FromMinutes(2));
        return (code, process.Output);
    }
}
