using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>The document is the API: linters find nothing, and clients that generators make from it alone do the whole flow.</summary>
public sealed class DocumentTests(GatewayHost host) : IDisposable
{
    private static readonly string[] _once =
        ["/tokens", "/signed-urls", "/logout", "/keys", "/keys/{key}/rotation", "/admin/tenants"];

    private const string Flow =
        """{"photos":2,"trained":"succeeded","steps":3,"code":"invalid_field","bad":["guidance","prompt"]"""
        + ""","images":2,"png":"PNG","pages":[1,1],"removed":204,"gone":"concept_not_found"}""";

    /// <summary>Beside the installed packages, so that scripts find them.</summary>
    private readonly string _folder = Path.Combine(NodeScript.Root(), "artifacts", "node", $"document-{Guid.NewGuid():N}");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_operation_has_an_id_words_errors_and_a_way_in()
    {
        var document = await DocumentAsync();
        var ids = new List<string>();
        foreach (var (name, operation) in Operations(document))
        {
            ids.Add((string?)operation["operationId"] ?? throw new InvalidOperationException($"{name} has no operationId."));
            Assert.False(string.IsNullOrWhiteSpace((string?)operation["summary"]), $"{name} has no summary.");
            Assert.True(operation["responses"]!.AsObject().Any(r => r.Key[0] == '4'), $"{name} has no error.");
            // What is told once is not told again, and nobody is signed out from memory.
            if (name.StartsWith("POST", StringComparison.Ordinal) && operation["security"]!.AsArray().Count > 0
                && !_once.Any(path => name.EndsWith(path, StringComparison.Ordinal)))
                Assert.Contains(operation["parameters"]!.AsArray(), p => (string?)p!["name"] == "Idempotency-Key");
        }
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.NotNull(document["paths"]!["/readyz"]!["get"]!["responses"]!["503"]);
        Assert.DoesNotContain(document["components"]!["schemas"]!.AsObject(), schema =>
            schema.Key.Contains("Result", StringComparison.Ordinal));
        var data = document["components"]!["schemas"]!["JobEventData"]!;
        Assert.Equal("type", (string?)data["discriminator"]!["propertyName"]);
        Assert.True(data["discriminator"]!["mapping"]!.AsObject().Count >= 7);
    }

    [Fact]
    public async Task A_change_of_the_document_is_noted()
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((await DocumentAsync()).ToJsonString())))[..12];
        var page = await File.ReadAllTextAsync(Path.Combine(NodeScript.Root(), "docs", "api.md"), Stop);
        Assert.True(page.Contains($"`{digest}`", StringComparison.Ordinal),
            $"The document at /openapi/v1.json has changed, its digest is {digest} now: say under 'Changes of the document' in "
                + $"docs/api.md what clients see of it.");
    }

    [Fact]
    public async Task Linters_find_nothing()
    {
        await PrepareAsync();
        var redocly = JsonNode.Parse(
            await RunAsync("redocly", ["lint", "openapi.json", "--config", "redocly.yaml", "--format", "json"], mayFail: true))!;
        Assert.Empty(redocly["problems"]!.AsArray().Select(p => $"{p!["ruleId"]}: {p["message"]} {p["location"]![0]!["pointer"]}"));
        var spectral = JsonNode.Parse(
            await RunAsync("spectral", ["lint", "openapi.json", "--ruleset", "spectral.yaml", "--format", "json", "--quiet"],
            mayFail: true))!;
        Assert.Empty(spectral.AsArray().Select(p => $"{p!["code"]}: {p["message"]} {p["path"]!.ToJsonString()}"));
    }

    [Fact]
    public async Task Types_of_openapi_typescript_compile_and_openapi_fetch_does_the_whole_flow()
    {
        await PrepareAsync();
        // A field that has a default may be left out of a request.
        await RunAsync("openapi-typescript", ["openapi.json", "-o", "schema.d.ts", "--default-non-nullable=false"]);
        Assert.Equal(Flow.Trim(), (await CompileAndRunAsync("fetch")).Trim());
    }

    [Fact]
    public async Task Hey_apis_client_does_the_whole_flow()
    {
        await PrepareAsync();
        await RunAsync("openapi-ts", ["-i", "openapi.json", "-o", "hey", "-c", "@hey-api/client-fetch"]);
        Assert.Equal(Flow.Trim(), (await CompileAndRunAsync("hey")).Trim());
    }

    public void Dispose()
    {
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private static IEnumerable<(string Name, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(o => ($"{o.Key.ToUpperInvariant()} {path.Key}", o.Value!)));

    private async Task<JsonNode> DocumentAsync() => await OkAsync(await host.Client.GetAsync("/openapi/v1.json", Stop));

    private async Task PrepareAsync()
    {
        var modules = Path.Combine(NodeScript.Root(), "artifacts", "node", "node_modules");
        if (!Directory.Exists(Path.Combine(modules, "openapi-typescript"))) Assert.Skip(
            "npm's packages are not installed: ./vico test installs them.");
        Directory.CreateDirectory(_folder);
        foreach (var file in Directory.EnumerateFiles(Path.Combine(NodeScript.Root(), "tests", "node", "document")))
            File.Copy(file, Path.Combine(_folder, Path.GetFileName(file)));
        await File.WriteAllTextAsync(Path.Combine(_folder, "openapi.json"), (await DocumentAsync())
            .ToJsonString(new JsonSerializerOptions { WriteIndented = true }), Stop);
        await File.WriteAllTextAsync(Path.Combine(_folder, "package.json"), """{"type":"commonjs"}""", Stop);
    }

    private async Task<string> CompileAndRunAsync(string script)
    {
        await RunAsync("tsc",
            [$"{script}.ts", "--strict", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--module", "node16",
                "--moduleResolution", "node16",
                "--skipLibCheck", "--types", "node", "--typeRoots", "../node_modules/@types"]);
        return await RunAsync("node", [$"{script}.js"]);
    }

    private async Task<string> RunAsync(string program, string[] arguments, bool mayFail = false)
    {
        var path = program == "node" ? program : Path.Combine(NodeScript.Root(), "artifacts", "node", "node_modules", ".bin", program);
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        (start.Environment["VICO"], start.Environment["KEY"]) = (host.Address.ToString().TrimEnd('/'), host.Admin.ApiKey);
        start.Environment["PHOTOS"] = Path.Combine(NodeScript.Root(), "samples", "teapot", "photos");
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(Stop), process.StandardError.ReadToEndAsync(Stop));
        await process.WaitForExitAsync(Stop).WaitAsync(TimeSpan.FromMinutes(3), Stop);
        Assert.True(mayFail || process.ExitCode == 0, $"{program} ended with {process.ExitCode}:\n{await error}\n{await output}");
        return await output;
    }
}
