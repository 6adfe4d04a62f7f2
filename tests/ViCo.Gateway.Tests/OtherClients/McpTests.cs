using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>Clients of the Model Context Protocol, unmodified, create, train and draw.</summary>
public sealed class McpTests(GatewayHost host)
{
    private static readonly byte[] _png = [0x89, (byte)'P', (byte)'N', (byte)'G'];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_npm_client_makes_a_concept_from_a_photo_trains_it_and_sees_its_pictures()
    {
        var key = await host.NewTenantAsync();
        using var client = host.ClientFor(key);
        var photo = Path.Combine(NodeScript.Root(), "samples", "teapot", "photos", "1.png");
        var seen = await NodeScript.RunAsync("mcp.js", host.Address, key, photo);

        Assert.Equal(
            ["add_photos", "create_concept", "draw", "get_job", "get_picture", "list_concepts", "train", "wait"],
            seen["tools"]!.AsArray().Select(t => (string)t!).Order(StringComparer.Ordinal));
        Assert.Single(seen["concept"]!["photos"]!.AsArray());
        Assert.Equal((string?)seen["concept"]!["id"], (string?)seen["sameConcept"]);
        Assert.Equal(("succeeded", 5), ((string?)seen["trained"]!["state"], (int)seen["trained"]!["step"]!));
        Assert.True((bool)seen["listed"]!["trained"]!);

        Assert.Equal((string?)seen["tickets"]![0], (string?)seen["tickets"]![1]);                  // the same key draws once
        Assert.Equal("a * in the snow", (string?)seen["job"]!["prompt"]);
        var images = seen["drawn"]!["content"]!.AsArray().Where(c => (string?)c!["type"] == "image").ToList();
        Assert.Equal(2, images.Count);
        var ids = seen["job"]!["images"]!.AsArray().Select(i => (string)i!).ToList();
        for (var i = 0; i < 2; i++)
            Assert.Equal(await client.GetByteArrayAsync(new Uri(ids[i], UriKind.Relative), Stop),
                Convert.FromBase64String((string)images[i]!["data"]!));
        Assert.Equal((string?)images[1]!["data"], (string?)seen["picture"]!["content"]![0]!["data"]);
        Assert.Equal("image/png", (string?)images[0]!["mimeType"]);

        Assert.Equal(2, seen["fromHere"]!["photos"]!.AsArray().Count);
        Refused(seen["fromElsewhere"]!, "no picture here");
        Refused(seen["noConcept"]!, "concept_not_found");
        Refused(seen["badOption"]!, "did you mean 'guidance'");
        Refused(seen["impatient"]!, "wanted: 0 to 25");
        Refused(seen["noJob"]!, "job_not_found");
        Assert.Contains("403", (string?)seen["foreign"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_SDKs_client_has_a_ticket_before_any_wait_and_a_wait_ends_before_the_job_does()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        await using var client = await ConnectAsync(host.Admin.ApiKey);
        var ticket =
            Json(await CallAsync(client, "draw",
            new() { ["concept"] = concept, ["prompt"] = "*", ["options"] = new { samplingSteps = 1000 } }));
        Assert.False(ticket.GetProperty("done").GetBoolean());
        var id = ticket.GetProperty("ticket").GetString()!;
        var early = await CallAsync(client, "wait", new() { ["ticket"] = id, ["seconds"] = 0.1 });
        Assert.False(Json(early).GetProperty("done").GetBoolean());
        Assert.Empty(early.Content.OfType<ImageContentBlock>());
        CallToolResult last;
        do last = await CallAsync(client, "wait", new() { ["ticket"] = id });
        while (!Json(last).GetProperty("done").GetBoolean());
        Assert.Equal(_png, Assert.Single(last.Content.OfType<ImageContentBlock>()).DecodedData.ToArray()[..4]);
    }

    [Fact]
    public async Task The_lines_of_the_page_draw_and_bring_the_pictures()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        var (vico, headers) = (host.Address, new Dictionary<string, string> { ["Authorization"] = $"Bearer {host.Admin.ApiKey}" });
#pragma warning disable xUnit1051                                          // as they stand on the page
        var mcp = await McpClient.CreateAsync(new HttpClientTransport(new() { Endpoint = new(vico, "/mcp"), AdditionalHeaders = headers }));
        var drawing = await mcp.CallToolAsync("draw", new Dictionary<string, object?> { ["concept"] = concept, ["prompt"] = "a * at sea" });
        var ticket = drawing.StructuredContent!.Value.GetProperty("ticket").GetString();
        await host.EndAsync(ticket!);
        var pictures = await mcp.CallToolAsync("wait", new Dictionary<string, object?> { ["ticket"] = ticket });
#pragma warning restore xUnit1051
        Assert.Equal(_png, pictures.Content.OfType<ImageContentBlock>().First().DecodedData.ToArray()[..4]);
        await mcp.DisposeAsync();
    }

    [Fact]
    public async Task Another_tenants_concepts_and_pictures_are_not_there()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        var drawn = await OkAsync(
            await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, samplingSteps = 1 }, Stop));
        var image = (string)(await host.EndAsync((string)drawn["id"]!))["images"]![0]!;
        await using var foreign = await ConnectAsync(await host.NewTenantAsync());
        Assert.Empty(Json(await CallAsync(foreign, "list_concepts", [])).GetProperty("concepts").EnumerateArray());
        foreach (var (tool, arguments) in new (string, Dictionary<string, object?>)[]
        {
            ("train", new() { ["concept"] = concept }), ("draw", new() { ["concept"] = concept, ["prompt"] = "*" }),
            ("get_job", new() { ["ticket"] = (string)drawn["id"]! }), ("wait", new() { ["ticket"] = (string)drawn["id"]! }),
            ("get_picture", new() { ["image"] = image }),
            ("create_concept", new() { ["name"] = "x", ["initWord"] = "x", ["photos"] = new[] { new { url = $"/images/{image}" } } }),
            ("add_photos", new() { ["concept"] = concept, ["photos"] = new[] { new { url = $"/images/{image}" } } }),
        })
        {
            Assert.True((await CallAsync(foreign, tool, arguments)).IsError, tool);
        }
    }

    [Fact]
    public async Task Without_a_key_there_is_401()
    {
        using var nobody = host.ClientFor(null);
        var answer = await nobody.PostAsJsonAsync("/mcp", new { jsonrpc = "2.0", id = 1, method = "tools/list" }, Stop);
        await ProblemAsync(answer, HttpStatusCode.Unauthorized, "not_signed_in");
    }

    private Task<McpClient> ConnectAsync(string key) => McpClient.CreateAsync(
        new HttpClientTransport(new()
        {
            Endpoint = new(host.Address, "/mcp"), AdditionalHeaders = new Dictionary<string,
            string> { ["Authorization"] = $"Bearer {key}" },
        }), cancellationToken: Stop);

    private static async Task<CallToolResult> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments) =>
        await client.CallToolAsync(tool, arguments, cancellationToken: Stop);

    private static JsonElement Json(CallToolResult result) =>
        result.StructuredContent is { } json ? json
            : throw new InvalidOperationException(string.Join(' ', result.Content.OfType<TextContentBlock>().Select(t => t.Text)));

    private static void Refused(JsonNode answer, string words)
    {
        Assert.True((bool?)answer["isError"], answer.ToJsonString());
        Assert.Contains(words, (string?)answer["content"]![0]!["text"], StringComparison.Ordinal);
    }
}
