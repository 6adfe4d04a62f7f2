using System.Diagnostics;
using System.Text.Json.Nodes;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>
/// A script of <c>tests/node</c> that uses an unmodified client from npm against the running gateway,
/// and prints what it saw as one JSON object.
/// </summary>
internal static class NodeScript
{
    public static async Task<JsonNode> RunAsync(string script, Uri address, string key, params string[] arguments)
    {
        var root = Root();
        var modules = Path.Combine(root, "artifacts", "node", "node_modules");
        if (!Directory.Exists(Path.Combine(modules, "openai"))) Assert.Skip("npm's packages are not installed: ./vico test installs them.");
        var start = new ProcessStartInfo("node", [Path.Combine(root, "tests", "node", script), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = modules;
        start.Environment["VICO"] = address.ToString().TrimEnd('/');
        start.Environment["KEY"] = key;
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken)
            .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{script} ended with {process.ExitCode}:\n{await error}\n{await output}");
        return JsonNode.Parse(await output)!;
    }

    public static string Root()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "ViCo.sln"))) root = root.Parent
            ?? throw new DirectoryNotFoundException("ViCo.sln is above no parent.");
        return root.FullName;
    }
}
