using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>What a browser elsewhere is handed in place of a key.</summary>
public sealed class ScopedTokenTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("job")]
    [InlineData("concept")]
    [InlineData("user")]
    public async Task A_token_shows_the_live_events_of_its_scope_and_nothing_else(string scope)
    {
        var (mine, other) = (await host.NewConceptAsync(photos: 1), await host.NewConceptAsync(photos: 1));
        var job = (string)(
            await OkAsync(await host.Client.PostAsJsonAsync($"/concepts/{mine}/trainings", new { steps = 2, user = "ann" }, Stop)))["id"]!;
        var foreign = (string)(
            await OkAsync(await host.Client.PostAsJsonAsync($"/concepts/{other}/trainings", new { steps = 2, user = "bob" }, Stop)))["id"]!;
        await host.EndAsync(job);
        await host.EndAsync(foreign);
        var token = await TokenAsync(new() { [scope] = scope == "job" ? job : scope == "concept" ? mine : "ann" });

        using var anonymous = host.ClientFor(null);
        var page = await OkAsync(await anonymous.GetAsync($"/jobs/{job}/events?access_token={token}", Stop));
        Assert.True(page["events"]!.AsArray().Count > 3);
        var stream = await AskAsync(anonymous, $"/jobs/{job}/events?access_token={token}", "text/event-stream");
        Assert.Contains("\nid: 1\n", await stream.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        await ProblemAsync(await anonymous.GetAsync($"/jobs/{foreign}/events?access_token={token}", Stop), HttpStatusCode.NotFound,
            "job_not_found");
        await ProblemAsync(await anonymous.GetAsync($"/jobs/{job}?access_token={token}", Stop), HttpStatusCode.Unauthorized,
            "not_signed_in");
        using var bearer = host.ClientFor(token);
        await ProblemAsync(await bearer.GetAsync("/concepts", Stop), HttpStatusCode.Unauthorized, "invalid_token");
        await ProblemAsync(await bearer.PostAsJsonAsync("/tokens", new { job }, Stop), HttpStatusCode.Unauthorized, "invalid_token");
        await OkAsync(await bearer.GetAsync($"/jobs/{job}/events", Stop));

        await using var hub = host.Hub(token);                  // a token where browsers send it: in the address, of sockets
        await hub.StartAsync(Stop);
        List<JobEvent> events = [];
        await foreach (var one in hub.StreamAsync<JobEvent>("Subscribe", job, 0L, Stop)) events.Add(one);
        Assert.Equal(page["events"]!.AsArray().Count, events.Count);
        await Assert.ThrowsAsync<HubException>(async () =>
        {
            await foreach (var _ in hub.StreamAsync<JobEvent>("Subscribe", foreign, 0L, Stop)) { }
        });
    }

    [Fact]
    public async Task A_key_in_an_address_opens_nothing_and_a_token_ends_with_its_time_and_its_key()
    {
        using var anonymous = host.ClientFor(null);
        var key = await host.NewTenantAsync();
        using var client = host.ClientFor(key);
        var concept = await host.NewConceptAsync(client, photos: 1);
        var job = await host.TrainAsync(concept, 2, client);
        await host.EndAsync(job, client);

        var problem = await ProblemAsync(await anonymous.GetAsync($"/jobs/{job}/events?access_token={key}", Stop),
            HttpStatusCode.Unauthorized, "invalid_token");
        Assert.Contains("POST /tokens", (string?)problem["detail"], StringComparison.Ordinal);
        await ProblemAsync(await anonymous.PostAsync($"/hubs/studio/negotiate?access_token={key}", null, Stop), HttpStatusCode.Unauthorized,
            "invalid_token");

        var token = await TokenAsync(new() { ["job"] = job }, client);
        await ProblemAsync(await anonymous.GetAsync($"/jobs/{job}/events?access_token={token}x", Stop), HttpStatusCode.Unauthorized,
            "invalid_token");
        Assert.True(ApiKey.TryParse(key, out var parsed));
        await new CurrentTenant(parsed.Tenant, (IGrainFactory)host.Services.GetService(typeof(IGrainFactory))!).Tenant()
            .RevokeKey(parsed.KeyId);
        await ProblemAsync(await anonymous.GetAsync($"/jobs/{job}/events?access_token={token}", Stop), HttpStatusCode.Unauthorized,
            "invalid_token");
    }

    [Fact]
    public async Task An_open_stream_ends_when_its_token_does()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var job = await host.TrainAsync(concept, 100_000);
        try
        {
            var token = await TokenAsync(new() { ["job"] = job, ["ttl"] = 10 });
            using var anonymous = host.ClientFor(null);
            var watch = Stopwatch.StartNew();
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/jobs/{job}/events?access_token={token}");
            request.Headers.Accept.ParseAdd("text/event-stream");
            using var answer = await anonymous.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await answer.Content.CopyToAsync(Stream.Null, Stop);
            Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(7), TimeSpan.FromSeconds(30));
            await ProblemAsync(await anonymous.GetAsync($"/jobs/{job}/events?access_token={token}", Stop), HttpStatusCode.Unauthorized,
                "invalid_token");
        }
        finally
        {
            await host.Client.PostAsync($"/jobs/{job}/cancel", null, Stop);
        }
    }

    [Fact]
    public async Task A_token_is_for_one_thing_that_is_there()
    {
        foreach (var body in new object[] { new { }, new { job = "a", user = "b" }, new { user = "b", ttl = 5 },
            new { user = "b", ttl = 100_000 }, new { user = "b c" } })
            await ProblemAsync(await host.Client.PostAsJsonAsync("/tokens", body, Stop), HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await host.Client.PostAsJsonAsync("/tokens", new { job = "nobody" }, Stop), HttpStatusCode.NotFound,
            "job_not_found");
        await ProblemAsync(await host.Client.PostAsJsonAsync("/tokens", new { concept = "nobody" }, Stop), HttpStatusCode.NotFound,
            "concept_not_found");
    }

    [Fact]
    public async Task A_token_reaches_no_log_no_trace_and_no_stored_answer()
    {
        var tags = new System.Collections.Concurrent.ConcurrentBag<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                // The caller's own traces are the caller's.
                if (activity.Kind == ActivityKind.Server)
                    tags.Add($"{activity.DisplayName} {string.Join(' ', activity.TagObjects.Select(t => $"{t.Key}={t.Value}"))}");
            },
        };
        ActivitySource.AddActivityListener(listener);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/tokens") { Content = JsonContent.Create(new { user = "ann" }) };
        request.Headers.Add("Idempotency-Key", "token-once");
        var token = (string)(await OkAsync(await host.Client.SendAsync(request, Stop)))["token"]!;
        using var again = new HttpRequestMessage(HttpMethod.Post, "/tokens") { Content = JsonContent.Create(new { user = "ann" }) };
        again.Headers.Add("Idempotency-Key", "token-once");
        Assert.NotEqual(token, (string?)(await OkAsync(await host.Client.SendAsync(again, Stop)))["token"]);

        using var anonymous = host.ClientFor(null);
        var answer = await anonymous.GetAsync($"/jobs/nobody/events?access_token={token}", Stop);
        await ProblemAsync(answer, HttpStatusCode.NotFound, "job_not_found");
        Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.DoesNotContain(token, await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.False(host.HasLogged(token[..40]), "The log has the token.");
        Assert.NotEmpty(tags);
        Assert.DoesNotContain(tags, tag => tag.Contains(token[..40], StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_signed_address_shows_its_own_picture_on_any_page_for_a_while()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        var photo = (string)(await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![0]!["url"]!;
        var signed = await OkAsync(
            await host.Client.PostAsJsonAsync("/signed-urls", new { paths = new[] { photo, $"{photo}?w=96" }, ttl = 60 }, Stop));
        Assert.Equal([photo, $"{photo}?w=96"], signed["urls"]!.AsArray().Select(u => (string?)u!["path"]));
        using var anonymous = host.ClientFor(null);
        foreach (var url in signed["urls"]!.AsArray().Select(u => (string)u!["url"]!))
        {
            var answer = await anonymous.GetAsync(url, Stop);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("cross-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
            Assert.InRange(answer.Headers.CacheControl!.MaxAge!.Value.TotalSeconds, 1, 60);
        }
        var signature = ((string)signed["urls"]![0]!["url"]!).Split("signature=")[1];
        await ProblemAsync(await anonymous.GetAsync($"/images/x-0?signature={signature}", Stop), HttpStatusCode.Unauthorized,
            "invalid_token");
        await ProblemAsync(await anonymous.GetAsync($"/concepts/{concept}?signature={signature}", Stop), HttpStatusCode.Unauthorized,
            "not_signed_in");
        await ProblemAsync(await anonymous.GetAsync($"/jobs/x/events?access_token={signature}", Stop), HttpStatusCode.Unauthorized,
            "invalid_token");
        var token = await TokenAsync(new() { ["user"] = "ann" });
        await ProblemAsync(await anonymous.GetAsync($"{photo}?signature={token}", Stop), HttpStatusCode.Unauthorized, "invalid_token");
        foreach (var paths in new[] { [], new[] { "/concepts" }, ["https://evil.example/images/x-0"], ["/images/x y"] })
            await ProblemAsync(await host.Client.PostAsJsonAsync("/signed-urls", new { paths }, Stop), HttpStatusCode.BadRequest,
                "invalid_field");
    }

    private async Task<string> TokenAsync(Dictionary<string, object> body, HttpClient? client = null)
    {
        var answer = await (client ?? host.Client).PostAsJsonAsync("/tokens", body, Stop);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (string)(await OkAsync(answer))["token"]!;
    }

    private static async Task<HttpResponseMessage> AskAsync(HttpClient client, string path, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(accept);
        return await client.SendAsync(request, Stop);
    }
}
