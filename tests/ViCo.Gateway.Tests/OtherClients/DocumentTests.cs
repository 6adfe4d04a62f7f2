using System.Text.Json.Nodes;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>The document is the API: everything is named in it, linters find nothing, and a change of it is noted.</summary>
public sealed class DocumentTests(GatewayHost host) : IDisposable
{
    private static readonly string[] _once =
        ["/tokens", "/signed-urls", "/logout", "/keys", "/keys/{key}/rotation", "/admin/tenants"];

    private readonly DocumentFolder _folder = new(host);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_operation_has_an_id_words_errors_and_a_way_in()
    {
        var document = await _folder.DocumentAsync();
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
        var digest = DocumentFolder.DigestOf(await _folder.DocumentAsync());
        var page = await File.ReadAllTextAsync(Path.Combine(NodeScript.Root(), "docs", "api.md"), Stop);
        Assert.True(page.Contains($"`{digest}`", StringComparison.Ordinal),
            $"The document at /openapi/v1.json has changed, its digest is {digest} now: say under 'Changes of the document' in "
                + $"docs/api.md what clients see of it.");
    }

    [Fact]
    public async Task A_document_is_the_same_whatever_was_asked_for_before()
    {
        var before = DocumentFolder.DigestOf(await _folder.DocumentAsync());
        await _folder.DocumentAsync(DocumentFolder.InOpenApi30);
        Assert.Equal(before, DocumentFolder.DigestOf(await _folder.DocumentAsync()));
    }

    [Theory]
    [InlineData(DocumentFolder.WithUnions, "spectral.yaml")]
    [InlineData(DocumentFolder.InOpenApi30, "spectral-3.0.yaml")]
    public async Task Linters_find_nothing(string name, string rules)
    {
        await _folder.WriteAsync(name);
        var redocly = JsonNode.Parse(
            await _folder.NpmAsync("redocly", ["lint", name, "--config", "redocly.yaml", "--format", "json"], mayFail: true))!;
        Assert.Empty(redocly["problems"]!.AsArray().Select(p => $"{p!["ruleId"]}: {p["message"]} {p["location"]![0]!["pointer"]}"));
        var spectral = JsonNode.Parse(
            await _folder.NpmAsync("spectral", ["lint", name, "--ruleset", rules, "--format", "json", "--quiet"],
            mayFail: true))!;
        Assert.Empty(spectral.AsArray().Select(p => $"{p!["code"]}: {p["message"]} {p["path"]!.ToJsonString()}"));
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(string Name, JsonNode Operation)> Operations(JsonNode document) =>
        document["paths"]!.AsObject()
            .SelectMany(path => path.Value!.AsObject().Select(o => ($"{o.Key.ToUpperInvariant()} {path.Key}", o.Value!)));
}
