using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>
/// A folder with the running gateway's documents: linters read them there, generators make clients of them, and those are run.
/// </summary>
internal sealed class DocumentFolder(GatewayHost host) : IDisposable
{
    /// <summary>The document with unions, and the same in OpenAPI 3.0 without.</summary>
    public const string WithUnions = "v1.json", InOpenApi30 = "v1-3.0.json";

    // Beside the packages that npm installed, so that scripts find them.
    private readonly string _folder = Repository.PathOf("artifacts", "node", $"document-{Guid.NewGuid():N}");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>A document as it is served.</summary>
    public async Task<JsonNode> DocumentAsync(string name = WithUnions) =>
        await OkAsync(await host.Client.GetAsync($"/openapi/{name}", Stop));

    /// <summary>The first twelve characters of a document's SHA-256, as docs/api.md lists them.</summary>
    public static string DigestOf(JsonNode document) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(document.ToJsonString())))[..12];

    /// <summary>Writes a document, and beside it what <c>tests/node/document</c> holds.</summary>
    public async Task WriteAsync(string name = WithUnions)
    {
        Directory.CreateDirectory(_folder);
        foreach (var file in Directory.EnumerateFiles(Repository.PathOf("tests", "node", "document")))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(_folder, name), (await DocumentAsync(name))
            .ToJsonString(new JsonSerializerOptions { WriteIndented = true }), Stop);
        await File.WriteAllTextAsync(Path.Combine(_folder, "package.json"), """{"type":"commonjs"}""", Stop);
    }

    /// <summary>Runs a program that npm installed; the test is skipped where it is not there.</summary>
    public Task<string> NpmAsync(string program, string[] arguments, bool mayFail = false)
    {
        var path = Repository.PathOf("artifacts", "node", "node_modules", ".bin", program);
        Assert.SkipUnless(File.Exists(path), "npm's packages are not installed: ./vico test installs them.");
        return RunAsync(_folder, path, arguments, mayFail);
    }

    /// <summary>Compiles one of <c>tests/node/document</c>, runs it, and returns what it printed.</summary>
    public async Task<string> RunTypeScriptAsync(string script)
    {
        await NpmAsync("tsc",
            [$"{script}.ts", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", "node16",
                "--moduleResolution", "node16",
                "--skipLibCheck", "--types", "node", "--typeRoots", "../node_modules/@types"]);
        return await RunAsync(_folder, "node", [$"{script}.js"]);
    }

    /// <summary>
    /// Makes C# of what was written by one of <c>tests/clients/dotnet-tools.json</c>, compiles it with the
    /// project of <c>tests/clients</c> that uses it, runs that, and returns what it printed.
    /// </summary>
    /// <param name="arguments">Of the generator, for this folder and the one that its code goes to.</param>
    public async Task<string> RunCSharpAsync(string project, Func<string, string, string[]> arguments)
    {
        var (clients, generated, built) =
            (Repository.PathOf("tests", "clients"), Path.Combine(_folder, "generated"), Path.Combine(_folder, "built"));
        Directory.CreateDirectory(generated);
        await RunAsync(clients, "dotnet", ["tool", "restore"]);
        await RunAsync(clients, "dotnet", ["tool", "run", .. arguments(_folder, generated)]);
        string[] locked = Environment.GetEnvironmentVariable("CI") is { Length: > 0 } ? ["-p:RestoreLockedMode=true"] : [];
        await RunAsync(clients, "dotnet",
            ["build", project, "-c", "Release", "-v", "q", "--nologo", "--artifacts-path", built, $"-p:Generated={generated}", .. locked]);
        return await RunAsync(_folder, "dotnet", [Path.Combine(built, "bin", project, "release", $"{project}.dll")]);
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> RunAsync(string folder, string program, string[] arguments, bool mayFail = false)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        (start.Environment["VICO"], start.Environment["KEY"]) = (host.Address.ToString().TrimEnd('/'), host.Admin.ApiKey);
        start.Environment["PHOTOS"] = Repository.PathOf("samples", "teapot", "photos");
        // Generators need no languages, and have nothing to tell their makers.
        start.Environment["DOTNET_SYSTEM_GLOBALIZATION_INVARIANT"] = "1";
        start.Environment["KIOTA_CLI_TELEMETRY_OPTOUT"] = "1";
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop).WaitAsync(TimeSpan.FromMinutes(3), Stop);
        Assert.True(mayFail || process.ExitCode == 0,
            $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{await error}\n{await output}");
        return await output;
    }
}
