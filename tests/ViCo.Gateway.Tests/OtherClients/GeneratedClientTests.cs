namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>
/// Clients that generators make from the document alone do the whole flow: create, upload, train, follow, draw, fetch, page, delete.
/// </summary>
/// <remarks>
/// openapi-typescript's always; the others' where the document is another than the one they were last seen to do it with. NSwag knows no
/// unions, so it reads the document in OpenAPI 3.0.
/// </remarks>
public sealed class GeneratedClientTests(GatewayHost host) : IDisposable
{
    /// <summary>The digests of those documents.</summary>
    private static readonly Dictionary<string, string> _seen = new()
    {
        [DocumentFolder.WithUnions] = "01af8085a9a3", [DocumentFolder.InOpenApi30] = "77c774e898c5",
    };

    private const string Flow =
        """{"photos":2,"trained":"succeeded","steps":3,"code":"invalid_field","bad":["guidance","prompt"]"""
        + ""","images":2,"png":"PNG","pages":[1,1],"removed":204,"gone":"concept_not_found"}""";

    private readonly DocumentFolder _folder = new(host);

    [Fact]
    public async Task Types_of_openapi_typescript_compile_and_openapi_fetch_does_the_whole_flow()
    {
        await _folder.WriteAsync();
        // A field that has a default may be left out of a request.
        await _folder.NpmAsync("openapi-typescript", [DocumentFolder.WithUnions, "-o", "schema.d.ts", "--default-non-nullable=false"]);
        AssertFlow(await _folder.RunTypeScriptAsync("fetch"));
    }

    [Fact]
    public async Task Hey_apis_client_does_the_whole_flow()
    {
        await SkipIfSeenAsync();
        await _folder.NpmAsync("openapi-ts", ["-i", DocumentFolder.WithUnions, "-o", "hey", "-c", "@hey-api/client-fetch"]);
        AssertFlow(await _folder.RunTypeScriptAsync("hey"));
    }

    [Fact]
    public async Task Kiotas_client_does_the_whole_flow()
    {
        await SkipIfSeenAsync();
        AssertFlow(await _folder.RunCSharpAsync("Kiota", (folder, generated) =>
            ["kiota", "generate", "-l", "CSharp", "-d", Path.Combine(folder, DocumentFolder.WithUnions), "-o", generated,
                "-n", "Generated", "-c", "Api", "--exclude-backward-compatible"]));
    }

    [Fact]
    public async Task NSwags_client_does_the_whole_flow()
    {
        await SkipIfSeenAsync(DocumentFolder.InOpenApi30);
        AssertFlow(await _folder.RunCSharpAsync("NSwag", (folder, generated) =>
            ["nswag", "openapi2csclient", $"/input:{Path.Combine(folder, DocumentFolder.InOpenApi30)}", $"/output:{generated}/Api.cs",
                "/namespace:Generated", "/className:Api", "/jsonLibrary:SystemTextJson", "/jsonLibraryVersion:10.0",
                "/generateNullableReferenceTypes:true", "/generateOptionalParameters:true", "/generateOptionalPropertiesAsNullable:true"]));
    }

    public void Dispose() => _folder.Dispose();

    private async Task SkipIfSeenAsync(string name = DocumentFolder.WithUnions)
    {
        var digest = DocumentFolder.DigestOf(await _folder.DocumentAsync(name));
        TestContext.Current.SendDiagnosticMessage($"{name} is {digest}.");
        Assert.SkipWhen(
            digest == _seen[name] && Environment.GetEnvironmentVariable("VICO_LONG") is not "1",
            "It was seen to do it with this very document; ./vico test --long tries again.");
        await _folder.WriteAsync(name);
    }

    private static void AssertFlow(string printed) =>
        Assert.Equal(Flow, printed.Trim());
}
