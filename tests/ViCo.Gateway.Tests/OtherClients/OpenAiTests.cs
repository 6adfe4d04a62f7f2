using System.ClientModel;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using OpenAI;
using OpenAI.Images;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>OpenAI's own clients, unmodified, draw with trained concepts.</summary>
public sealed class OpenAiTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_npm_client_lists_draws_streams_and_understands_what_went_wrong()
    {
        var (concept, untrained) = (await host.NewConceptAsync(), await host.NewConceptAsync());
        await host.EndAsync(await host.TrainAsync(concept, 5));
        var photo = (string)(await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![1]!["id"]!;
        var seen = await NodeScript.RunAsync("openai.js", host.Address, host.Admin.ApiKey, concept, photo, untrained, "400");

        var models = seen["models"]!.AsArray().Select(m => (string)m!["id"]!).ToList();
        Assert.Contains(concept, models);
        Assert.DoesNotContain(untrained, models);
        Assert.Equal(("model", "vico", "Teapot"),
            ((string?)seen["model"]!["object"], (string?)seen["model"]!["owned_by"], (string?)seen["model"]!["name"]));

        var drawn = seen["drawn"]!["data"]!.AsArray();
        Assert.Equal(2, drawn.Count);
        Assert.All(drawn, p => Assert.Equal("a * on the beach", (string?)p!["revised_prompt"]));
        var job = await OkAsync(await host.Client.GetAsync($"/jobs/{seen["job"]}", Stop));
        Assert.Equal(("ann", 7L, 5L, 64L),
            ((string?)job["user"], (long)job["sampling"]!["seed"]!, (long)job["sampling"]!["samplingSteps"]!,
            (long)job["sampling"]!["width"]!));
        Assert.Equal([photo], job["sampling"]!["references"]!.AsArray().Select(r => (string)r!));
        var first = (string)drawn[0]!["b64_json"]!;
        Assert.Equal(await host.Client.GetByteArrayAsync($"/images/{job["images"]![0]}", Stop), Convert.FromBase64String(first));
        Assert.Equal(Pictures(seen["drawn"]!), Pictures(seen["again"]!));          // one seed, one picture
        Assert.Equal(first, (string?)seen["fetched"]);
        Assert.Null(seen["byUrl"]!["data"]![0]!["b64_json"]);

        var events = seen["events"]!.AsArray();
        Assert.Equal(["image_generation.partial_image", "image_generation.partial_image", "image_generation.completed"],
            events.Select(e => (string)e!["type"]!));
        Assert.Equal([0, 1], events.Take(2).Select(e => (int)e!["partial_image_index"]!));
        Assert.Equal(3, events.Select(e => (string)e!["b64_json"]!).Distinct().Count());
        Assert.Equal("a * on the beach", (string?)events[2]!["revised_prompt"]);

        Assert.Equal(seen["keyed"]![0]!.ToJsonString(), seen["keyed"]![1]!.ToJsonString());
        AssertFailures(seen);
    }

    [Fact]
    public async Task The_NuGet_client_draws_with_a_concept_as_with_any_model()
    {
        var concept = await host.NewConceptAsync();
        await host.EndAsync(await host.TrainAsync(concept, 5));
        var (vico, key) = (host.Address, host.Admin.ApiKey);
#pragma warning disable xUnit1051 // As docs/api.md shows it.
        var client = new OpenAIClient(new ApiKeyCredential(key), new OpenAIClientOptions { Endpoint = new Uri(vico, "/v1") });
        {
            var drawn = await client.GetImageClient(concept).GenerateImageAsync("a teapot on the beach");
            Assert.Equal("a * on the beach", drawn.Value.RevisedPrompt);
        }
#pragma warning restore xUnit1051
        Assert.Contains((await client.GetOpenAIModelClient().GetModelsAsync(Stop)).Value, model => model.Id == concept);

        var images = client.GetImageClient(concept);
        var drawing = new ImageGenerationOptions { Size = new(96, 64), ResponseFormat = GeneratedImageFormat.Bytes, EndUserId = "ann" };
        var several = await images.GenerateImagesAsync("My Teapot in the snow", 2, drawing, Stop);
        Assert.Equal(2, several.Value.Count);
        Assert.All(several.Value, picture => Assert.Equal("My * in the snow", picture.RevisedPrompt));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], several.Value[0].ImageBytes.ToArray()[..4]);
        Assert.True(several.GetRawResponse().Headers.TryGetValue("Vico-Job", out var job));
        Assert.Equal("ann", (string?)(await OkAsync(await host.Client.GetAsync($"/jobs/{job}", Stop)))["user"]);

        var linked = (await images.GenerateImageAsync("*", new() { ResponseFormat = GeneratedImageFormat.Uri }, Stop)).Value;
        using var nobody = host.ClientFor(null);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], (await nobody.GetByteArrayAsync(linked.ImageUri, Stop))[..4]);

        var refused = await Assert.ThrowsAsync<ClientResultException>(() =>
            client.GetImageClient("dall-e-3").GenerateImageAsync("a cat", cancellationToken: Stop));
        Assert.Equal(404, refused.Status);
        Assert.Contains("There is no model 'dall-e-3'", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a * on the beach", "a * on the beach")]
    [InlineData("a <my-pot> on the beach", "a <my-pot> on the beach")]
    [InlineData("A Teapot, and another teapot", "A *, and another teapot")]
    [InlineData("teapots", "a photo of a *, teapots")]
    [InlineData("on the beach", "a photo of a *, on the beach")]
    public async Task A_prompt_without_a_star_gets_one_where_the_object_is_named(string prompt, string revised)
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        Assert.Equal(revised, await RevisedAsync(concept, prompt));
    }

    [Fact]
    public async Task The_concepts_name_gives_up_its_place_where_the_init_word_is_not_there()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        await OkAsync(await host.Client.PatchAsJsonAsync($"/concepts/{concept}", new { name = "Aunt Mary's $1" }, Stop));
        Assert.Equal("* in the snow", await RevisedAsync(concept, "aunt mary's $1 in the snow"));
    }

    [Fact]
    public async Task The_headers_with_the_jobs_id_come_before_the_pictures_and_the_pictures_without_the_answer()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/images/generations")
        {
            Content = JsonContent.Create(new { model = concept, prompt = "*", steps = 1000 }),       // 2 s
        };
        string job;
        using (var answer = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop))
        {
            job = answer.Headers.GetValues("Vico-Job").Single();
            Assert.Equal($"/jobs/{job}", answer.Headers.Location?.ToString());
            Assert.Null((await OkAsync(await host.Client.GetAsync($"/jobs/{job}", Stop)))["ended"]);
        }                                                       // cut
        Assert.Single((await host.EndAsync(job))["images"]!.AsArray());
    }

    /// <summary>What went wrong came as the errors that OpenAI's client knows.</summary>
    internal static void AssertFailures(JsonNode seen)
    {
        Failed(seen["otherBody"]!, "UnprocessableEntityError", 422, "idempotency_key_reused", null);
        Failed(seen["noModel"]!, "NotFoundError", 404, "model_not_found", "model");
        Failed(seen["untrained"]!, "NotFoundError", 404, "model_not_found", "model");
        Failed(seen["badField"]!, "BadRequestError", 400, "invalid_field", "guidance");
        Failed(seen["typo"]!, "BadRequestError", 400, "invalid_json", "guidence");
        Failed(seen["badSize"]!, "BadRequestError", 400, "invalid_field", "size");
        Failed(seen["noPhoto"]!, "NotFoundError", 404, "photo_not_found", null);
        Failed(seen["edit"]!, "BadRequestError", 400, "not_supported", null);
        Assert.Contains("does not edit", (string?)seen["edit"]!["message"], StringComparison.Ordinal);
        Failed(seen["noKey"]!, "AuthenticationError", 401, "invalid_api_key", null);
        Failed(seen["noRoute"]!, "NotFoundError", 404, "not_found", null);
    }

    private async Task<string?> RevisedAsync(string concept, string prompt) => (string?)(await OkAsync(await host.Client.PostAsJsonAsync(
        "/v1/images/generations", new { model = concept, prompt, steps = 1 }, Stop)))["data"]![0]!["revised_prompt"];

    private static IEnumerable<string> Pictures(JsonNode answer) => answer["data"]!.AsArray().Select(p => (string)p!["b64_json"]!);

    private static void Failed(JsonNode failure, string kind, int status, string code, string? param) => Assert.Equal(
        (kind, status, code, param),
        ((string?)failure["kind"], (int?)failure["status"] ?? 0, (string?)failure["code"], (string?)failure["param"]));
}
