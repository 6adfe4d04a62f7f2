using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Grains.Storage;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>What the platform keeps: runs, lists, deletion, and what it says it stores.</summary>
public sealed class RunsTests(GatewayHost host)
{
    private static readonly string[] _records = ["/log/", "/submitted", "/index/", "/answers/", "/used/"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Learning_again_keeps_the_first_runs_checkpoint_and_both_can_be_drawn()
    {
        var concept = await host.NewConceptAsync(photos: 3);
        var first = await host.TrainAsync(concept, 50);
        await host.EndAsync(first);
        var before = await host.Client.GetByteArrayAsync($"/concepts/{concept}/runs/{first}/checkpoints/50", Stop);
        var photo = (string)(await GetAsync($"/concepts/{concept}"))["photos"]![0]!["url"]!;
        await host.Client.DeleteAsync(photo, Stop);
        var second = await host.TrainAsync(concept, 50);
        await host.EndAsync(second);

        var runs = (await GetAsync($"/concepts/{concept}/runs"))["runs"]!.AsArray();
        Assert.Equal([second, first], runs.Select(r => (string)r!["id"]!));
        Assert.Equal([2, 3], runs.Select(r => r!["photos"]!.AsArray().Count));
        Assert.Equal([true, false], runs.Select(r => (bool)r!["isDefault"]!));
        Assert.All(runs, r => Assert.Equal(("succeeded", 50, 50), ((string?)r!["state"], (int)r["step"]!, (int)r["options"]!["steps"]!)));
        Assert.Equal(before, await host.Client.GetByteArrayAsync($"/concepts/{concept}/runs/{first}/checkpoints/50", Stop));
        Assert.NotEqual(before, await host.Client.GetByteArrayAsync($"/concepts/{concept}/checkpoints/50", Stop));

        var preview = await host.Client.GetAsync((string)runs[1]!["checkpoints"]![0]!["previewUrl"]!, Stop);
        Assert.Equal("image/png", preview.Content.Headers.ContentType?.MediaType);
        var curve = (await GetAsync($"/concepts/{concept}/runs/{first}/curve?points=10"))["points"]!.AsArray();
        Assert.Equal(Enumerable.Range(1, 10).Select(i => 5 * i), curve.Select(p => (int)p!["step"]!));

        var pictures = new List<string>();
        foreach (var (asked, said) in new (object, string)[] { ($"{first}:50", $"{first}:50"), (50, $"{second}:50"),
            ($"{second}:50", $"{second}:50") })
        {
            var job = await DrawAsync(new { concept, prompt = "*", checkpoint = asked, count = 1, seed = 3, samplingSteps = 1 });
            Assert.Equal(said, (string?)job["sampling"]!["checkpoint"]);
            pictures.Add(Convert.ToHexString(await host.Client.GetByteArrayAsync($"/images/{job["images"]![0]}", Stop)));
        }
        Assert.Equal(pictures[1], pictures[2]);
        Assert.NotEqual(pictures[0], pictures[1]);
        foreach (var missing in new[] { "nobody:50", $"{first}:49" })
        {
            await ProblemAsync(
                await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", checkpoint = missing }, Stop),
                HttpStatusCode.NotFound, "checkpoint_not_found");
        }
        await ProblemAsync(await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", checkpoint = "last" }, Stop),
            HttpStatusCode.BadRequest, "invalid_json");
    }

    [Fact]
    public async Task A_default_is_pinned_labels_are_kept_and_a_run_is_deleted()
    {
        var concept = await host.NewConceptAsync();
        var first = await host.TrainAsync(concept, 50);
        await host.EndAsync(first);
        var view = await PatchAsync($"/concepts/{concept}",
            new { @default = $"{first}:50", name = "Red pot", tags = new[] { "red" }, metadata = new { shelf = "3" } });
        Assert.Equal(("Red pot", true, "3"), ((string?)view["name"], (bool)view["pinned"]!, (string?)view["metadata"]!["shelf"]));
        var second = await host.TrainAsync(concept, 50);
        await host.EndAsync(second);
        Assert.Equal(first, (string?)(await GetAsync($"/concepts/{concept}"))["defaultRun"]);
        Assert.Equal(second, (string?)(await PatchAsync($"/concepts/{concept}", new { pinned = false }))["defaultRun"]);
        await ProblemAsync(await host.Client.PatchAsJsonAsync($"/concepts/{concept}", new { initWord = "cup" }, Stop),
            HttpStatusCode.Conflict, "trained_already");
        await ProblemAsync(await host.Client.PatchAsJsonAsync($"/concepts/{concept}", new { @default = 49 }, Stop), HttpStatusCode.NotFound,
            "checkpoint_not_found");

        Assert.Equal("best", (string?)(await PatchAsync($"/concepts/{concept}/runs/{second}", new { label = " best " }))["label"]);
        var labelled = await PatchAsync($"/concepts/{concept}/runs/{second}/checkpoints/50", new { label = "sharp" });
        Assert.Equal("sharp", (string?)labelled["checkpoints"]![0]!["label"]);
        await ProblemAsync(await host.Client.PatchAsJsonAsync($"/concepts/{concept}/runs/{second}/checkpoints/7", new { label = "x" },
            Stop), HttpStatusCode.NotFound, "checkpoint_not_found");

        await ProblemAsync(await host.Client.DeleteAsync($"/jobs/{second}", Stop), HttpStatusCode.Conflict, "job_has_run");
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.DeleteAsync($"/concepts/{concept}/runs/{second}", Stop)).StatusCode);
        await ProblemAsync(await host.Client.GetAsync($"/jobs/{second}", Stop), HttpStatusCode.NotFound, "job_not_found");
        await ProblemAsync(await host.Client.GetAsync($"/concepts/{concept}/runs/{second}", Stop), HttpStatusCode.NotFound,
            "run_not_found");
        Assert.Equal(first, (string?)(await GetAsync($"/concepts/{concept}"))["defaultRun"]);
    }

    [Fact]
    public async Task A_run_trained_further_ends_where_one_training_of_all_steps_does_and_can_be_branched()
    {
        var concept = await host.NewConceptAsync();
        var run = await host.TrainAsync(concept, 50);
        await host.EndAsync(run);
        var more = await OkAsync(await host.Client.PostAsJsonAsync($"/concepts/{concept}/runs/{run}/extensions", new { steps = 70 }, Stop));
        var ended = await host.EndAsync((string)more["id"]!);
        Assert.Equal(("succeeded", run), ((string?)ended["state"], (string?)ended["run"]));
        var view = await GetAsync($"/concepts/{concept}/runs/{run}");
        Assert.Equal([run, (string)more["id"]!], view["jobs"]!.AsArray().Select(j => (string)j!));
        Assert.Equal([50, 70], view["checkpoints"]!.AsArray().Select(c => (int)c!["step"]!));
        Assert.Equal(Enumerable.Range(1, 70), (await GetAsync($"/concepts/{concept}/runs/{run}/curve"))["points"]!.AsArray()
            .Select(p => (int)p!["step"]!));
        Assert.Equal((run, 70),
            ((string?)(await GetAsync($"/concepts/{concept}"))["defaultRun"],
            (int)(await GetAsync($"/concepts/{concept}"))["defaultStep"]!));

        var whole = await host.TrainAsync(concept, 70);
        await host.EndAsync(whole);
        Assert.Equal(
            await host.Client.GetByteArrayAsync($"/concepts/{concept}/runs/{whole}/checkpoints/70", Stop),
            await host.Client.GetByteArrayAsync($"/concepts/{concept}/runs/{run}/checkpoints/70", Stop));

        foreach (var body in new object[] { new { steps = 70 }, new { }, new { steps = 90, batchSize = 3 } })
            await ProblemAsync(await host.Client.PostAsJsonAsync($"/concepts/{concept}/runs/{run}/extensions", body, Stop),
                HttpStatusCode.Conflict, "not_possible_now");
        await ProblemAsync(await host.Client.PostAsJsonAsync($"/concepts/{concept}/runs/nobody/extensions", new { steps = 90 }, Stop),
            HttpStatusCode.NotFound, "run_not_found");

        var side = await host.EndAsync((string)(await OkAsync(
            await host.Client.PostAsJsonAsync($"/concepts/{concept}/runs/{run}/branches", new { steps = 80, batchSize = 2 }, Stop)))[
                "id"]!);
        Assert.Equal("succeeded", (string?)side["state"]);
        var branch = await GetAsync($"/concepts/{concept}/runs/{side["id"]}");
        Assert.Equal(($"{run}:70", 80), ((string?)branch["parent"], (int)branch["checkpoints"]![0]!["step"]!));
    }

    [Fact]
    public async Task The_init_word_can_be_changed_until_something_was_learned()
    {
        var concept = await host.NewConceptAsync();
        Assert.Equal("cup", (string?)(await PatchAsync($"/concepts/{concept}", new { initWord = " cup " }))["initWord"]);
        await ProblemAsync(await host.Client.PatchAsJsonAsync($"/concepts/{concept}", new { initWord = "two, words" }, Stop),
            HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await host.Client.PatchAsJsonAsync($"/concepts/{concept}",
            new { objects = new[] { new { initWord = "a" }, new { initWord = "b" } } }, Stop), HttpStatusCode.Conflict, "not_possible_now");
        await host.EndAsync(await host.TrainAsync(concept, 3));
        await ProblemAsync(await host.Client.PatchAsJsonAsync($"/concepts/{concept}", new { initWord = "mug" }, Stop),
            HttpStatusCode.Conflict, "trained_already");
        await PatchAsync($"/concepts/{concept}", new { initWord = "cup" });
    }

    [Fact]
    public async Task Every_picture_is_found_page_by_page_by_concept_and_by_tenant_until_it_is_deleted()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client, photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 5, client), client);
        var drawn = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            var job = await DrawAsync(new { concept, prompt = $"* {i}", count = 3, seed = 10 * i, samplingSteps = 1 }, client);
            drawn.InsertRange(0, job["images"]!.AsArray().Select(id => (string)id!));
        }
        foreach (var query in new[] { "", $"concept={concept}&" })
        {
            var found = new List<JsonNode>();
            for (var cursor = ""; ;)
            {
                var page = await GetAsync($"/images?{query}limit=5{cursor}", client);
                Assert.InRange(page["images"]!.AsArray().Count, 0, 5);
                found.AddRange(page["images"]!.AsArray().OfType<JsonNode>());
                if ((string?)page["next"] is not { } next) break;
                cursor = $"&cursor={Uri.EscapeDataString(next)}";
            }
            Assert.Equal(drawn, found.Select(p => (string)p["id"]!));
            Assert.Equal((31L, "* 3"), ((long)found[1]["seed"]!, (string?)found[1]["sampling"]!["prompt"]));
        }

        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/images/{drawn[4]}", Stop)).StatusCode);
        await ProblemAsync(await client.GetAsync($"/images/{drawn[4]}", Stop), HttpStatusCode.NotFound, "image_not_found");
        drawn.RemoveAt(4);
        Assert.Equal(drawn, (await GetAsync("/images?limit=200", client))["images"]!.AsArray().Select(p => (string)p!["id"]!));
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/jobs/{drawn[0][..drawn[0].LastIndexOf('-')]}", Stop))
            .StatusCode);
        Assert.Equal(drawn.Skip(3), (await GetAsync("/images?limit=200", client))["images"]!.AsArray().Select(p => (string)p!["id"]!));
        Assert.Empty((await GetAsync("/images?concept=nobody", client))["images"]!.AsArray());
    }

    [Fact]
    public async Task What_the_tenant_stores_is_said_rightly_after_everything_that_writes_and_deletes()
    {
        var key = await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin);
        using var client = host.ClientFor(key);
        Assert.Equal(0, (long)(await GetAsync("/usage", client))["storedBytes"]!);
        var concept = await host.NewConceptAsync(client, photos: 3);
        await IsRightAsync(key, client);
        var run = await host.TrainAsync(concept, 120, client);
        await host.EndAsync(run, client);
        await IsRightAsync(key, client);
        var job = await DrawAsync(new { concept, prompt = "*", count = 5, samplingSteps = 1 }, client);
        await IsRightAsync(key, client);

        await client.DeleteAsync($"/images/{job["images"]![2]}", Stop);
        await IsRightAsync(key, client);
        await client.DeleteAsync($"/concepts/{concept}/runs/{run}/checkpoints/50", Stop);
        await IsRightAsync(key, client);
        await client.DeleteAsync((string)(await GetAsync($"/concepts/{concept}", client))["photos"]![1]!["url"]!, Stop);
        await IsRightAsync(key, client);
        await client.DeleteAsync($"/jobs/{job["id"]}", Stop);
        await IsRightAsync(key, client);
        await client.DeleteAsync($"/concepts/{concept}/runs/{run}", Stop);
        await IsRightAsync(key, client);
        await client.DeleteAsync($"/concepts/{concept}", Stop);
        Assert.Equal((0, 0L),
            ((int)(await GetAsync("/usage", client))["concepts"]!, (long)(await GetAsync("/usage", client))["storedBytes"]!));
    }

    [Fact]
    public async Task Lists_are_filtered_in_the_index_and_answer_head()
    {
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var mine = (string)(
            await OkAsync(await client.PostAsJsonAsync("/concepts",
            new { name = "A", initWord = "cup", user = "ann@example.org", tags = new[] { "red" } }, Stop)))["id"]!;
        await OkAsync(await client.PostAsJsonAsync("/concepts", new { name = "B", initWord = "cup" }, Stop));
        Assert.Equal([mine], (await GetAsync("/concepts?user=ann@example.org", client))["concepts"]!.AsArray()
            .Select(c => (string)c!["id"]!));
        Assert.Equal([mine], (await GetAsync("/concepts?tag=red&limit=1", client))["concepts"]!.AsArray().Select(c => (string)c!["id"]!));
        var page = await GetAsync("/concepts?limit=1", client);
        Assert.Equal([mine], (await GetAsync($"/concepts?limit=1&cursor={page["next"]}", client))["concepts"]!.AsArray()
            .Select(c => (string)c!["id"]!));
        foreach (var user in new[] { "", "a b", new string('a', 65) })
            await ProblemAsync(await client.PostAsJsonAsync("/concepts", new { name = "C", initWord = "cup", user }, Stop),
                HttpStatusCode.BadRequest, "invalid_field");

        using var head = new HttpRequestMessage(HttpMethod.Head, $"/concepts/{mine}");
        var answer = await client.SendAsync(head, Stop);
        Assert.Equal((HttpStatusCode.OK, 0), (answer.StatusCode, (await answer.Content.ReadAsByteArrayAsync(Stop)).Length));
    }

    /// <summary>The figure, beside what lies in the store but for records and logs.</summary>
    private async Task IsRightAsync(string key, HttpClient client)
    {
        var (there, said) = (0L, -1L);
        // A worker drops its last resume points but one after its job has ended.
        for (var tries = 0; tries < 100 && there != said; tries++)
        {
            if (tries > 0) await Task.Delay(50, Stop);
            there = 0;
            await foreach (var blob in host.Services.GetRequiredService<IBlobStore>().ListAsync($"tenants/{key.Split('_')[1]}/", Stop))
            {
                if (!_records.Any(part => blob.Name.Contains(part, StringComparison.Ordinal))) there += blob.Bytes;
            }
            said = (long)(await GetAsync("/usage", client))["storedBytes"]!;
        }
        Assert.Equal(there, said);
    }

    private async Task<JsonNode> GetAsync(string path, HttpClient? client = null) =>
        await OkAsync(await (client ?? host.Client).GetAsync(new Uri(path, UriKind.Relative), Stop));

    private async Task<JsonNode> PatchAsync(string path, object body) =>
        await OkAsync(await host.Client.PatchAsJsonAsync(path, body, Stop));

    private async Task<JsonNode> DrawAsync(object request, HttpClient? client = null) => await host.EndAsync(
        (string)(await OkAsync(await (client ?? host.Client).PostAsJsonAsync("/images", request, Stop)))["id"]!, client);
}
