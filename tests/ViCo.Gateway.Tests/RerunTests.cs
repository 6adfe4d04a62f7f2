using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Grains.Storage;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>A drawing is settled when it is submitted, so that it can be done again.</summary>
public sealed class RerunTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_request_leaves_open_stands_in_its_job_with_the_value_of_then()
    {
        var (concept, run) = await LearnedAsync();
        var photo = (string)(await GetAsync($"/concepts/{concept}"))["photos"]![0]!["id"]!;
        var job = await SubmitAsync("/images", new { concept, prompt = "a *", count = 2 });
        var sampling = job["sampling"]!;
        Assert.Equal(
            (50, 7.5, "ddim", 64, 64, 0.0, true, $"{run}:5", 4),
            ((int)sampling["samplingSteps"]!, (double)sampling["guidance"]!, (string?)sampling["sampler"], (int)sampling["width"]!,
                (int)sampling["height"]!,
                (double)sampling["eta"]!, (bool)sampling["publishedGuidance"]!, (string?)sampling["checkpoint"], (int)job["perPass"]!));
        Assert.Equal([photo], sampling["references"]!.AsArray().Select(r => (string?)r));
        Assert.NotNull((string?)sampling["spacing"]);

        // A scale that is asked for takes the published guidance's place.
        var guided = (await SubmitAsync("/images", new { concept, prompt = "a *", count = 1, imageGuidance = 1.5 }))["sampling"]!;
        Assert.Equal((1.5, false), ((double)guided["imageGuidance"]!, (bool)guided["publishedGuidance"]!));
    }

    [Fact]
    public async Task A_seed_that_is_left_open_comes_from_the_command_and_a_repeat_has_the_same()
    {
        var (concept, _) = await LearnedAsync();
        var seeds = new List<long>();
        foreach (var key in new[] { "one", "one", "two" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/images")
            {
                Content = JsonContent.Create(new { concept, prompt = "a *", count = 1, samplingSteps = 1 }),
            };
            request.Headers.Add("Idempotency-Key", $"{key}-{concept}");
            seeds.Add((long)(await OkAsync(await host.Client.SendAsync(request, Stop)))["sampling"]!["seed"]!);
            // the stored answer is lost, the command is not
            var blobs = host.Services.GetRequiredService<IBlobStore>();
            await foreach (var blob in blobs.ListAsync("answers/", Stop)) await blobs.DeleteAsync(blob.Name, cancellationToken: Stop);
        }
        Assert.Equal(seeds[0], seeds[1]);
        Assert.NotEqual(seeds[0], seeds[2]);
        await ProblemAsync(await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "a *", count = 2, seed = (1L << 53) - 1 },
            Stop), HttpStatusCode.BadRequest, "invalid_field");
        await OkAsync(await host.Client.PostAsJsonAsync("/images",
            new { concept, prompt = "a *", count = 1, seed = (1L << 53) - 1, samplingSteps = 1 }, Stop));
    }

    [Fact]
    public async Task A_picture_is_drawn_again_pixel_by_pixel_whatever_was_learned_since()
    {
        var (concept, run) = await LearnedAsync();
        var drawn = await EndAsync(
            await SubmitAsync("/images", new { concept, prompt = "a *", count = 6, seed = 9, samplingSteps = 2, user = "ann" }));
        await host.EndAsync(await host.TrainAsync(concept, 7));
        var again = await EndAsync(await SubmitAsync($"/images/{drawn["images"]![5]}/rerun", new { }));
        Assert.Equal((string?)drawn["images"]![5], (string?)again["rerun"]!["image"]);
        Assert.Equal((true, true), ((bool)again["rerun"]!["same"]!, (bool)again["rerun"]!["sameDevice"]!));
        Assert.Equal((string?)again["rerun"]!["pixels"], (string?)again["rerun"]!["pixelsNow"]);
        Assert.Equal(("ann", $"{run}:5"), ((string?)again["user"], (string?)again["sampling"]!["checkpoint"]));
        Assert.EndsWith("-5", (string?)Assert.Single(again["images"]!.AsArray()), StringComparison.Ordinal);
        Assert.Equal(14L, (long)(await GetAsync($"/images?concept={concept}&limit=1"))["images"]![0]!["seed"]!);

        // Twice over: what was drawn again can be, too; another picture has other pixels.
        var third = await EndAsync(await SubmitAsync($"/images/{again["images"]![0]}/rerun", new { }));
        Assert.Equal((string?)again["rerun"]!["pixels"], (string?)third["rerun"]!["pixelsNow"]);
        var other = await EndAsync(await SubmitAsync($"/images/{drawn["images"]![0]}/rerun", new { }));
        Assert.NotEqual((string?)again["rerun"]!["pixels"], (string?)other["rerun"]!["pixels"]);
        Assert.True((bool)other["rerun"]!["same"]!);

        await host.Client.DeleteAsync((string)(await GetAsync($"/concepts/{concept}"))["photos"]![0]!["url"]!, Stop);
        await ProblemAsync(await host.Client.PostAsync($"/images/{drawn["images"]![0]}/rerun", null, Stop), HttpStatusCode.NotFound,
            "photo_not_found");
        await ProblemAsync(await host.Client.PostAsync("/images/nobody-0/rerun", null, Stop), HttpStatusCode.NotFound, "image_not_found");
    }

    [Fact]
    public async Task Whom_a_job_is_for_is_told_and_asked_for()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client, photos: 1);
        var training = await OkAsync(await client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { steps = 5, user = "ann" }, Stop));
        await host.EndAsync((string)training["id"]!, client);
        await host.EndAsync(
            (string)(await OkAsync(
            await client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, samplingSteps = 1, user = "bob" }, Stop)))[
            "id"]!, client);
        Assert.Equal(("ann", null), ((string?)training["user"], training["training"]!["user"]));
        Assert.Equal("ann", (string?)(await OkAsync(await client.GetAsync($"/concepts/{concept}/runs", Stop)))["runs"]![0]!["user"]);
        foreach (var (user, kind) in new[] { ("ann", "training"), ("bob", "sampling") })
            Assert.Equal(kind,
                (string?)Assert.Single((await OkAsync(await client.GetAsync($"/jobs?user={user}", Stop)))["jobs"]!.AsArray())!["kind"]);
        Assert.Single((await OkAsync(await client.GetAsync("/images?user=bob", Stop)))["images"]!.AsArray());
        Assert.Empty((await OkAsync(await client.GetAsync("/images?user=ann", Stop)))["images"]!.AsArray());
        await ProblemAsync(await client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { user = "a b" }, Stop),
            HttpStatusCode.BadRequest, "invalid_field");
    }

    private async Task<(string Concept, string Run)> LearnedAsync()
    {
        var concept = await host.NewConceptAsync(photos: 2);
        var run = await host.TrainAsync(concept, 5);
        await host.EndAsync(run);
        return (concept, run);
    }

    private async Task<JsonNode> GetAsync(string path) => await OkAsync(await host.Client.GetAsync(new Uri(path, UriKind.Relative), Stop));

    private async Task<JsonNode> SubmitAsync(string path, object body) =>
        await OkAsync(await host.Client.PostAsJsonAsync(path, body, Stop));

    private Task<JsonNode> EndAsync(JsonNode job) => host.EndAsync((string)job["id"]!);
}
