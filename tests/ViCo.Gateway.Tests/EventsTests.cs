using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.SignalR.Client;
using ViCo.Grains.Jobs;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class EventsTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_sse_and_hub_tell_the_same_through_random_reconnects()
    {
        var concept = await host.NewConceptAsync();
        var job = await host.TrainAsync(concept, 400);
        var random = new Random(5);                             // the seed of the disconnects

        var (hub, sse) = (FollowHubAsync(job, new(random.Next())), FollowSseAsync(job, new(random.Next())));
        var (fromHub, hubBreaks) = await hub;
        var (fromSse, sseBreaks) = await sse;
        var fromGet = await ReadAllAsync(job);

        Assert.True(hubBreaks >= 15 && sseBreaks >= 15, $"Only {hubBreaks} and {sseBreaks} disconnects: the test proves little.");
        Assert.Equal(Enumerable.Range(1, fromGet.Count).Select(i => (long)i), fromGet.Select(e => e.Seq));
        Assert.Equal(fromGet.Select(Print), fromHub.Select(Print));
        Assert.Equal(fromGet.Select(Print), fromSse.Select(Print));
        Assert.Equal(Enumerable.Range(1, 400), fromGet.Select(e => e.Data).OfType<StepDone>().Select(s => s.Step));
        Assert.Equal(JobState.Succeeded, Assert.IsType<StateChanged>(fromGet[^1].Data).State);
    }

    [Fact]
    public async Task Sse_goes_on_after_the_last_event_id_and_ends_with_the_job()
    {
        var job = await host.TrainAsync(await host.NewConceptAsync(), 20);
        var all = await ReadAllAsync(job);
        using var request = Sse(job);
        request.Headers.Add("Last-Event-ID", "5");
        using var response = await host.Client.SendAsync(request, Stop);
        var text = await response.Content.ReadAsStringAsync(Stop);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(all.Skip(5).Select(Print), Events(text).Select(Print));
        Assert.EndsWith("event: end\ndata: {}\n\n", text, StringComparison.Ordinal);

        using var late = Sse(job);                              // an EventSource that comes back after the end is told to stop
        late.Headers.Add("Last-Event-ID", all.Count.ToString());
        Assert.Equal(HttpStatusCode.NoContent, (await host.Client.SendAsync(late, Stop)).StatusCode);
        using var wrong = Sse(job);
        wrong.Headers.Add("Last-Event-ID", "x");
        await ProblemAsync(await host.Client.SendAsync(wrong, Stop), HttpStatusCode.BadRequest, "invalid_last_event_id");
    }

    [Fact]
    public async Task A_quiet_stream_shows_signs_of_life()
    {
        var concept = await host.NewConceptAsync();
        var running = await host.TrainAsync(concept, 100_000);
        var waiting = await host.TrainAsync(await host.NewConceptAsync(), 5);                  // one device: this one waits
        try
        {
            using var response = await host.Client.SendAsync(Sse(waiting), HttpCompletionOption.ResponseHeadersRead, Stop);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Stop));
            var beats = 0;
            while (beats < 2)
            {
                var line = await reader.ReadLineAsync(Stop).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Stop);
                if (line!.StartsWith(": ", StringComparison.Ordinal)) beats++;
            }
        }
        finally
        {
            await host.Client.PostAsync($"/jobs/{running}/cancel", null, CancellationToken.None);
        }
        Assert.Equal("succeeded", (string?)(await host.EndAsync(waiting))["state"]);
    }

    [Fact]
    public async Task A_stream_ends_when_its_concept_is_deleted()
    {
        var concept = await host.NewConceptAsync();
        var job = await host.TrainAsync(concept, 100_000);
        await using var hub = host.Hub(host.Admin.ApiKey);
        await hub.StartAsync(Stop);
        var heard = 0;
        await foreach (var _ in hub.StreamAsync<JobEvent>("Subscribe", job, 0L, Stop))
        {
            if (++heard == 3) await host.Client.DeleteAsync($"/concepts/{concept}", Stop);
        }
        Assert.True(heard >= 3);
    }

    [Fact]
    public async Task The_hub_sends_heartbeats_with_the_newest_seq_and_previews()
    {
        var job = await host.TrainAsync(await host.NewConceptAsync(), 1500);
        await using var hub = host.Hub(host.Admin.ApiKey);
        var beat = new TaskCompletionSource<Studio.Heartbeat>(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.On<Studio.Heartbeat>("Heartbeat", b => { if (b.NewestSeq.TryGetValue(job, out var seq) && seq > 0) beat.TrySetResult(b); });
        await hub.StartAsync(Stop);
        var events = Task.Run(async () => { await foreach (var _ in hub.StreamAsync<JobEvent>("Subscribe", job, 0L, Stop)) { } }, Stop);
        var previews = new List<Studio.StudioPreview>();
        await foreach (var preview in hub.StreamAsync<Studio.StudioPreview>("Previews", job, Stop)) previews.Add(preview);
        await events;

        Assert.True((await beat.Task.WaitAsync(TimeSpan.FromSeconds(5), Stop)).NewestSeq[job] > 0);
        Assert.NotEmpty(previews);
        Assert.Equal(previews.Select(p => p.Step).Order().Distinct(), previews.Select(p => p.Step));
        Assert.Equal(HttpStatusCode.OK, (await host.Client.GetAsync(new Uri(previews[^1].Url, UriKind.Relative), Stop)).StatusCode);
    }

    /// <summary>Follows over the hub; after a few events throws the connection away and goes on from the last one seen.</summary>
    private async Task<(List<JobEvent> Events, int Breaks)> FollowHubAsync(string job, Random random)
    {
        var events = new List<JobEvent>();
        for (var breaks = 0; ; breaks++)
        {
            await using var hub = host.Hub(host.Admin.ApiKey);
            await hub.StartAsync(Stop);
            var left = random.Next(1, 40);
            await foreach (var one in hub.StreamAsync<JobEvent>("Subscribe", job, events.Count == 0 ? 0L : events[^1].Seq, Stop))
            {
                events.Add(one);
                if (--left == 0) break;
            }
            if (left > 0) return (events, breaks);
        }
    }

    private async Task<(List<JobEvent> Events, int Breaks)> FollowSseAsync(string job, Random random)
    {
        var events = new List<JobEvent>();
        for (var breaks = 0; ; breaks++)
        {
            using var request = Sse(job);
            if (events.Count > 0) request.Headers.Add("Last-Event-ID", events[^1].Seq.ToString());
            using var response = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
            if (response.StatusCode == HttpStatusCode.NoContent) return (events, breaks);
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Stop));
            var left = random.Next(1, 40);
            while (left > 0 && await reader.ReadLineAsync(Stop) is { } line)
            {
                if (line == "event: end") return (events, breaks);
                if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
                events.Add(ParseEvent(line["data: ".Length..]));
                left--;
            }
        }
    }

    /// <summary>All events by GET, in small pages, once the job is over.</summary>
    private async Task<List<JobEvent>> ReadAllAsync(string job)
    {
        await host.EndAsync(job);
        var events = new List<JobEvent>();
        while (true)
        {
            var page = await OkAsync(await host.Client.GetAsync($"/jobs/{job}/events?after={events.Count}&limit=7", Stop));
            Assert.True((bool)page["ended"]!);
            var read = page["events"]!.AsArray().Select(e => ParseEvent(e!.ToJsonString())).ToList();
            events.AddRange(read);
            if (read.Count == 0)
            {
                Assert.Equal(events.Count, (long)page["lastSeq"]!);
                return events;
            }
        }
    }

    private static HttpRequestMessage Sse(string job)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/jobs/{job}/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        return request;
    }

    private static IEnumerable<JobEvent> Events(string text) =>
        text.Split('\n').Where(line => line.StartsWith("data: {\"seq\"", StringComparison.Ordinal))
            .Select(line => ParseEvent(line["data: ".Length..]));

    private static string Print(JobEvent one) =>
        one.Data is ImageDrawn image ? $"{one.Seq} {one.Attempt} {one.Time:O} {image.ImageId}"
            : $"{one.Seq} {one.Attempt} {one.Time:O} {one.Data}";
}
