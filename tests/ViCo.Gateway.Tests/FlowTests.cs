using System.Buffers.Binary;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using ViCo.Options;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class FlowTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Photos_go_in_and_pictures_come_out()
    {
        var concept = await host.NewConceptAsync(photos: 6);
        var view = await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop));
        Assert.Equal(6, view["photos"]!.AsArray().Count);
        Assert.All(view["photos"]!.AsArray(), photo => Assert.Empty(photo!["warnings"]!.AsArray()));
        var photo = await host.Client.GetByteArrayAsync(new Uri((string)view["photos"]![0]!["url"]!, UriKind.Relative), Stop);
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], photo[..4]);

        var training = await host.Client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { steps = 60 }, Stop);
        Assert.Equal(HttpStatusCode.Accepted, training.StatusCode);
        var trained = await host.EndAsync((await OkAsync(await host.Client.GetAsync(training.Headers.Location, Stop)))["id"]!.ToString());
        Assert.Equal("succeeded", (string?)trained["state"]);
        Assert.Equal(60, (int)trained["step"]!);

        var checkpoints = await OkAsync(await host.Client.GetAsync($"/concepts/{concept}/checkpoints", Stop));
        Assert.Equal([50, 60], checkpoints["checkpoints"]!.AsArray().Select(c => (int)c!["step"]!));
        Assert.Equal(60, (int)checkpoints["defaultStep"]!);
        var file = await host.Client.GetByteArrayAsync($"/concepts/{concept}/checkpoints/60", Stop);
        Assert.Equal((long)checkpoints["checkpoints"]![1]!["bytes"]!, file.Length);
        Assert.True(BitConverter.ToInt64(file) < file.Length, "The file starts with no safetensors header length.");
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync($"/jobs/{trained["id"]}/preview", Stop)).StatusCode);

        var first = await DrawAsync(concept);
        var second = await DrawAsync(concept);
        Assert.Equal(3, first.Count);
        Assert.Equal(3, first.Select(Convert.ToHexString).Distinct().Count());
        Assert.Equal(first, second);                        // one seed, one picture
    }

    [Fact]
    public async Task Every_sampler_and_spacing_of_the_engine_can_be_asked_for_and_one_job_says_which_it_had()
    {
        var concept = await host.NewConceptAsync();
        await host.EndAsync(await host.TrainAsync(concept, 10));
        var pictures = new List<byte[]>();
        var (samplers, spacings) = (SamplingOption.Sampler.Choices, SamplingOption.Spacing.Choices);
        foreach (var sampler in samplers) pictures.AddRange(await DrawAsync(concept, sampler.Value, "trailing"));
        foreach (var spacing in spacings) pictures.AddRange(await DrawAsync(concept, "euler", spacing.Value));
        Assert.Equal(3 * (samplers.Count + spacings.Count - 1), pictures.Select(Convert.ToHexString).Distinct().Count());

        var answer = await OkAsync(
            await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", sampler = "ddim", eta = 0.5, count = 1 }, Stop));
        Assert.Equal(("ddim", 0.5), ((string?)answer["sampling"]!["sampler"], (double)answer["sampling"]!["eta"]!));
    }

    [Fact]
    public async Task Token_merging_reaches_the_engine_in_training_and_in_drawing_and_the_job_says_it()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var pictures = new List<string>();
        foreach (var tokenMerging in new double?[] { null, 0.5 })
        {
            var training = await OkAsync(
                await host.Client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { steps = 5, tokenMerging }, Stop));
            await host.EndAsync((string)training["id"]!);
            var header = Encoding.UTF8.GetString(await host.Client.GetByteArrayAsync($"/concepts/{concept}/checkpoints/5", Stop));
            Assert.Equal(tokenMerging is not null, header.Contains("tokenMerging", StringComparison.OrdinalIgnoreCase));

            var answer = await OkAsync(
                await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, tokenMerging }, Stop));
            Assert.Equal(tokenMerging ?? 0, (double?)answer["sampling"]!["tokenMerging"]);
            pictures.Add(Convert.ToHexString(
                await host.Client.GetByteArrayAsync($"/images/{(await host.EndAsync((string)answer["id"]!))["images"]![0]}", Stop)));
            answer = await OkAsync(
                await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, tokenMerging = 0.25 }, Stop));
            pictures.Add(Convert.ToHexString(
                await host.Client.GetByteArrayAsync($"/images/{(await host.EndAsync((string)answer["id"]!))["images"]![0]}", Stop)));
        }
        Assert.Equal(4, pictures.Distinct().Count());
    }

    [Fact]
    public async Task Models_say_which_sizes_of_pictures_they_draw()
    {
        await host.EndAsync(await host.TrainAsync(await host.NewConceptAsync(photos: 1), 1));       // so a worker is there
        var model = Assert.Single((await OkAsync(await host.Client.GetAsync("/models", Stop)))["models"]!.AsArray())!;
        Assert.Equal(("rehearsal", 64, 8, 16384),
            ((string?)model["name"], (int)model["imageSize"]!, (int)model["sizeMultiple"]!, (int)model["maxPixels"]!));
    }

    [Fact]
    public async Task Pictures_come_in_the_size_asked_for_and_one_that_no_model_draws_is_refused_at_once()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 5));
        var answer = await OkAsync(
            await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, width = 96, height = 40 }, Stop));
        var job = await host.EndAsync((string)answer["id"]!);
        var png = await host.Client.GetByteArrayAsync($"/images/{job["images"]![0]}", Stop);
        Assert.Equal((96, 40), (BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(16)), BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(20))));

        foreach (var size in new object[] { new { width = 4096, height = 4096 }, new { width = 4096 }, new { height = 264 } })
        {
            var body = System.Text.Json.JsonSerializer.SerializeToNode(size)!.AsObject();
            (body["concept"], body["prompt"]) = (concept, "*");
            var refused = await ProblemAsync(await host.Client.PostAsJsonAsync("/images", body, Stop), HttpStatusCode.BadRequest,
                "invalid_field");
            Assert.Contains("at most 16384 pixels (GET /models)", (string?)refused["detail"], StringComparison.Ordinal);
        }
        Assert.Equal(HttpStatusCode.Accepted,
            (await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, width = 256 }, Stop)).StatusCode);
    }

    [Fact]
    public async Task A_training_over_one_photo_runs_and_its_log_warns_once()
    {
        var job = await host.TrainAsync(await host.NewConceptAsync(photos: 1), 5);
        Assert.Equal("succeeded", (string?)(await host.EndAsync(job))["state"]);
        var events = (await OkAsync(await host.Client.GetAsync($"/jobs/{job}/events", Stop)))["events"]!.AsArray();
        var warning = Assert.Single(events, e => (string?)e!["data"]!["type"] == "warning");
        Assert.Contains("One photo", (string)warning!["data"]!["message"]!);
        Assert.True((long)warning["seq"]! < events.Where(e => (string?)e!["data"]!["type"] == "step").Min(e => (long)e!["seq"]!));
    }

    [Fact]
    public async Task References_and_checkpoint_are_the_requests_choice_and_a_reference_may_be_a_photo_the_training_never_saw()
    {
        var concept = await host.NewConceptAsync(photos: 2);
        await host.EndAsync(await host.TrainAsync(concept, 60));
        using var form = new MultipartFormDataContent();
        form.Add(Photo(Sample(6), "image/png"), "photos", "unseen.png");
        await OkAsync(await host.Client.PostAsync($"/concepts/{concept}/photos", form, Stop));
        var photos = (await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray()
            .Select(p => (string)p!["id"]!).ToArray();
        Assert.Equal(3, photos.Length);

        var pictures = new List<string>();
        foreach (var (references, checkpoint) in new (string[], int?)[] { ([], null), ([photos[2]], null), ([photos[0], photos[2]], null),
            ([photos[0]], 50) })
        {
            var answer = await host.Client.PostAsJsonAsync("/images",
                new { concept, prompt = "a *", count = 1, seed = 7, samplingSteps = 2, references, checkpoint }, Stop);
            var job = await host.EndAsync((string)(await OkAsync(answer))["id"]!);
            pictures.Add(Convert.ToHexString(await host.Client.GetByteArrayAsync($"/images/{job["images"]![0]}", Stop)));
        }
        Assert.Equal(4, pictures.Distinct().Count());
        await ProblemAsync(await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "a *", checkpoint = 55 }, Stop),
            HttpStatusCode.NotFound, "checkpoint_not_found");
        await ProblemAsync(await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "a *", references = new[] { "nope" } },
            Stop), HttpStatusCode.NotFound, "photo_not_found");
    }

    [Fact]
    public async Task A_prompt_that_does_not_name_the_object_is_drawn_and_warned_of()
    {
        var concept = await host.NewConceptAsync();
        await host.EndAsync(await host.TrainAsync(concept, 10));
        foreach (var (prompt, warnings) in new[] { ("a photo of a cat", 1), ("a photo of *", 0), ("a photo of S*", 0),
            ("a photo of a <teapot>", 0) })
        {
            var answer = await host.Client.PostAsJsonAsync("/images", new { concept, prompt, count = 1, samplingSteps = 1 }, Stop);
            var job = await host.EndAsync((string)(await OkAsync(answer))["id"]!);
            var events = (await OkAsync(await host.Client.GetAsync($"/jobs/{job["id"]}/events", Stop)))["events"]!.AsArray();
            var image = Assert.Single(events, e => (string?)e!["data"]!["type"] == "image")!["data"]!;
            Assert.Equal(warnings, image["warnings"]!.AsArray().Count(w => ((string)w!).Contains("placeholder", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task A_concept_without_photos_cannot_be_trained()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var view = await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop));
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync((string)view["photos"]![0]!["url"]!, Stop)).StatusCode);

        await ProblemAsync(await host.Client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { }, Stop), HttpStatusCode.Conflict,
            "not_possible_now");
    }

    [Fact]
    public async Task A_deleted_concept_is_gone_with_all_it_had()
    {
        var concept = await host.NewConceptAsync();
        await host.EndAsync(await host.TrainAsync(concept, 10));
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"/concepts/{concept}", Stop)).StatusCode);

        await ProblemAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop), HttpStatusCode.NotFound, "concept_not_found");
        await ProblemAsync(await host.Client.GetAsync($"/concepts/{concept}/checkpoints/10", Stop), HttpStatusCode.NotFound,
            "concept_not_found");
        var list = await OkAsync(await host.Client.GetAsync("/concepts", Stop));
        Assert.DoesNotContain(list["concepts"]!.AsArray(), c => (string)c!["id"]! == concept);
    }

    [Fact]
    public async Task A_canceled_training_stops_and_stays_canceled()
    {
        var concept = await host.NewConceptAsync();
        var job = await host.TrainAsync(concept, 100_000);
        await OkAsync(await host.Client.PostAsync($"/jobs/{job}/cancel", null, Stop));
        Assert.Equal("canceled", (string?)(await host.EndAsync(job))["state"]);
        await OkAsync(await host.Client.PostAsync($"/jobs/{job}/cancel", null, Stop));
        Assert.Equal("canceled", (string?)(await host.EndAsync(job))["state"]);
    }

    [Fact]
    public async Task Lists_are_newest_first_and_one_tenants_own()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var older = await host.NewConceptAsync(client);
        var newer = await host.NewConceptAsync(client);
        var jobs = new[] { await host.TrainAsync(older, 5, client), await host.TrainAsync(newer, 5, client) };

        var concepts = await OkAsync(await client.GetAsync("/concepts", Stop));
        Assert.Equal([newer, older], concepts["concepts"]!.AsArray().Select(c => (string)c!["id"]!));
        var all = await OkAsync(await client.GetAsync("/jobs", Stop));
        Assert.Equal(jobs.Reverse(), all["jobs"]!.AsArray().Select(j => (string)j!["id"]!));
        var some = await OkAsync(await client.GetAsync($"/jobs?concept={older}", Stop));
        Assert.Equal([jobs[0]], some["jobs"]!.AsArray().Select(j => (string)j!["id"]!));
    }

    private async Task<List<byte[]>> DrawAsync(string concept, string? sampler = null, string? spacing = null)
    {
        var answer = await host.Client.PostAsJsonAsync(
            "/images", new { concept, prompt = "a photo of * on the beach", count = 3, seed = 7, samplingSteps = 4, sampler, spacing },
            Stop);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var job = await host.EndAsync((string)(await OkAsync(answer))["id"]!);
        Assert.Equal("succeeded", (string?)job["state"]);
        var pictures = new List<byte[]>();
        foreach (var image in job["images"]!.AsArray())
        {
            var response = await host.Client.GetAsync($"/images/{image}", Stop);
            Assert.Equal("image/png", response.Content.Headers.ContentType?.MediaType);
            pictures.Add(await response.Content.ReadAsByteArrayAsync(Stop));
        }
        return pictures;
    }
}
