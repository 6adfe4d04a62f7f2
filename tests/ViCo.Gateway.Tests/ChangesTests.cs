using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using ViCo.Grains.Feeds;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Nobody has to ask again and again: the tenant's feed, and answers that wait.</summary>
public sealed class ChangesTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_that_happens_is_told_by_hub_and_sse_alike_and_nobody_elses()
    {
        var key = await host.NewTenantAsync();
        using var client = host.ClientFor(key);
        await using var hub = host.Hub(key);
        await hub.StartAsync(Stop);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/changes") { Headers = { { "Accept", "text/event-stream" } } };
        using var stream = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        using var reader = new StreamReader(await stream.Content.ReadAsStreamAsync(Stop));
        await using var changes = hub.StreamAsync<TenantChange>("Changes", null, Stop).GetAsyncEnumerator(Stop);
        Assert.True(await changes.MoveNextAsync());
        Assert.Equal(ChangedThing.All, changes.Current.What);
        Assert.Equal(ChangedThing.All, (await NextAsync(reader)).What);

        var concept = await host.NewConceptAsync(client, photos: 1);
        var run = await host.TrainAsync(concept, 5, client);
        await host.EndAsync(run, client);
        var draw = await host.EndAsync(
            (string)(await OkAsync(
            await client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, samplingSteps = 1 }, Stop)))["id"]!, client);
        var image = (string)draw["images"]![0]!;
        await client.PatchAsJsonAsync($"/concepts/{concept}", new { name = "Other" }, Stop);
        await client.PatchAsJsonAsync($"/concepts/{concept}/runs/{run}", new { label = "best" }, Stop);
        await client.DeleteAsync($"/images/{image}", Stop);
        await client.DeleteAsync($"/jobs/{draw["id"]}", Stop);
        await client.DeleteAsync($"/concepts/{concept}/runs/{run}", Stop);
        await client.DeleteAsync($"/concepts/{concept}", Stop);

        var heard = new List<TenantChange>();
        do
        {
            Assert.True(await changes.MoveNextAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(15), Stop));
            heard.Add(changes.Current);
        }
        while (heard[^1] is not { What: ChangedThing.Concept, How: ChangeKind.Deleted });
        foreach (var (what, id, how) in new[]
        {
            (ChangedThing.Concept, concept, ChangeKind.Created), (ChangedThing.Run, run, ChangeKind.Created),
            (ChangedThing.Job, run, ChangeKind.Created),
            (ChangedThing.Run, run, ChangeKind.Changed), (ChangedThing.Image, image, ChangeKind.Created),
            (ChangedThing.Concept, concept, ChangeKind.Changed),
            (ChangedThing.Image, image, ChangeKind.Deleted), (ChangedThing.Job, (string)draw["id"]!, ChangeKind.Deleted),
            (ChangedThing.Run, run, ChangeKind.Deleted), (ChangedThing.Concept, concept, ChangeKind.Deleted),
        })
        {
            Assert.Contains(heard, change => (change.What, change.Id, change.How, change.Concept) == (what, id, how, concept));
        }
        Assert.Contains(heard, change => change is { What: ChangedThing.Job, State: Grains.Jobs.JobState.Succeeded, Step: 5, Steps: 5 });
        for (var i = 0; i < heard.Count; i++) Assert.Equal(heard[i], await NextAsync(reader));
        Assert.Equal(heard, (await PageAsync(client, $"/changes?after={heard[0].Position}")).Changes.Prepend(heard[0]));
        Assert.Equal(heard.Skip(1).Take(2), (await PageAsync(client, $"/changes?after={heard[0].Position}&limit=2")).Changes);
    }

    [Fact]
    public async Task A_feed_that_lost_its_memory_says_that_all_may_have_changed()
    {
        var key = await host.NewTenantAsync();
        using var client = host.ClientFor(key);
        await host.NewConceptAsync(client, photos: 1);
        var place = (await PageAsync(client, "/changes")).Last;
        Assert.Empty((await PageAsync(client, $"/changes?after={place}")).Changes);
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        await grains.GetGrain<IManagementGrain>(0).ForceActivationCollection(TimeSpan.Zero, Stop);
        for (var tries = 0; tries < 100; tries++)
        {
            if ((await PageAsync(client, $"/changes?after={place}")).Changes is [{ What: ChangedThing.All }]) return;
            await Task.Delay(50, Stop);
        }
        Assert.Fail("The feed still knows a place of before.");
    }

    [Fact]
    public async Task A_token_of_one_concept_does_not_open_the_tenants_feed()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var token = (string)(await OkAsync(await host.Client.PostAsJsonAsync("/tokens", new { concept }, Stop)))["token"]!;
        await using var hub = host.Hub(token);
        await hub.StartAsync(Stop);
        await Assert.ThrowsAsync<HubException>(async () =>
            { await foreach (var _ in hub.StreamAsync<TenantChange>("Changes", null, Stop)) { } });
        using var client = host.ClientFor(token);
        await ProblemAsync(await client.GetAsync("/changes", Stop), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task Who_prefers_to_wait_gets_the_job_as_it_ended_or_as_it_stands()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client, photos: 1);
        var (training, applied, status) = await PostAsync($"/concepts/{concept}/trainings", new { steps = 5 }, "respond-async, wait=30");
        Assert.Equal((HttpStatusCode.OK, "wait=30", "succeeded"), (status, applied, (string?)training["state"]));
        var (drawing, _, _) = await PostAsync("/images", new { concept, prompt = "*", count = 1, samplingSteps = 1 }, "wait=30");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"/images/{drawing["images"]![0]}", Stop)).StatusCode);

        var (running, _, accepted) = await PostAsync($"/concepts/{concept}/trainings", new { steps = 100_000 }, "wait=1");
        Assert.Equal((HttpStatusCode.Accepted, null), (accepted, running["ended"]));
        await client.PostAsync($"/jobs/{running["id"]}/cancel", null, Stop);
        foreach (var odd in new[] { "wait", "wait=0", "wait=x", "respond-async" })
            Assert.Null((await PostAsync("/images", new { concept, prompt = "*", count = 1, samplingSteps = 1 }, odd)).Applied);

        async Task<(JsonNode Job, string? Applied, HttpStatusCode Status)> PostAsync(string path, object body, string prefer)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
            request.Headers.TryAddWithoutValidation("Prefer", prefer);
            request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
            var answer = await client.SendAsync(request, Stop);
            return (await OkAsync(answer), answer.Headers.TryGetValues("Preference-Applied", out var applied) ? applied.Single()
                : null, answer.StatusCode);
        }
    }

    private static async Task<TenantChange> NextAsync(StreamReader reader)
    {
        while (await reader.ReadLineAsync(Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(15), Stop) is { } line)
        {
            if (line.StartsWith("data: ", StringComparison.Ordinal)) return JsonSerializer.Deserialize<TenantChange>(
                line["data: ".Length..], Json)!;
        }
        throw new EndOfStreamException("The feed ended.");
    }

    private static async Task<ChangePage> PageAsync(HttpClient client, string path) =>
        (await client.GetFromJsonAsync<ChangePage>(path, Json, Stop))!;

    private static JsonSerializerOptions Json
    {
        get
        {
            var options = new JsonSerializerOptions();
            GatewayJson.Apply(options);
            return options;
        }
    }
}
