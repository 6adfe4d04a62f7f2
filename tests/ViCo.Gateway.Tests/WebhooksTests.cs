using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using ViCo.Gateway.Tests.OtherClients;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Webhooks as their receiver meets them: a server of its own, at the one address that is allowed inside.</summary>
public sealed class WebhooksTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_event_comes_once_signed_and_with_its_place_in_the_log()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var hook = await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/all") }, Stop));
        var ends = await OkAsync(
            await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/ends"), events = new[] { "job.succeeded" } }, Stop));
        var concept = await host.NewConceptAsync(client, photos: 1);
        var job = await host.TrainAsync(concept, 60, client);
        await host.EndAsync(job, client);
        var log = (await OkAsync(await client.GetAsync($"/jobs/{job}/events", Stop)))["events"]!.AsArray()
            .Where(e => (string?)e!["data"]!["type"] is "state" or "checkpoint" or "warning").ToList();
        await receiver.UntilAsync(all => all.Count(m => m.Path == "/all") >= log.Count && all.Any(m => m.Path == "/ends"));

        var messages = receiver.All.Where(m => m.Path == "/all").OrderBy(m => (long)m.Body["data"]!["seq"]!).ToList();
        Assert.Equal(log.Select(e => (long)e!["seq"]!), messages.Select(m => (long)m.Body["data"]!["seq"]!));
        Assert.Equal("job.succeeded", (string?)messages[^1].Body["type"]);
        Assert.All(messages, m =>
            Assert.Equal((job, "training", concept),
            ((string?)m.Body["data"]!["job"], (string?)m.Body["data"]!["kind"], (string?)m.Body["data"]!["concept"])));
        Assert.All(messages, m => Assert.True(m.IsSignedWith((string)hook["secret"]!)));
        Assert.False(messages[0].IsSignedWith((string)ends["secret"]!));
        Assert.Equal("job.succeeded", (string?)Assert.Single(receiver.All, m => m.Path == "/ends").Body["type"]);

        var listed = (await OkAsync(await client.GetAsync("/webhooks", Stop)))["webhooks"]!.AsArray();
        Assert.Equal(2, listed.Count);
        Assert.DoesNotContain("secret", listed.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_reference_implementation_verifies_what_comes_and_refuses_what_was_changed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var key = await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin);
        using var client = host.ClientFor(key);
        var hook = await OkAsync(
            await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/"), events = new[] { "job.succeeded" } }, Stop));
        await host.EndAsync(await host.TrainAsync(await host.NewConceptAsync(client, photos: 1), 3, client), client);
        await receiver.UntilAsync(all => all.Count > 0);
        var message = receiver.All[0];
        var seen = await NodeScript.RunAsync("webhook.js", host.Address, key, (string)hook["secret"]!, message.Id, message.Time,
            message.Signature, message.Text);
        Assert.Equal((true, false), ((bool)seen["sent"]!, (bool)seen["changed"]!));
    }

    [Fact]
    public async Task A_job_may_have_a_webhook_of_its_own_and_asked_for_again_tells_nothing_twice()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var concept = await host.NewConceptAsync(client, photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 3, client), client);
        var body = new { concept, prompt = "*", count = 2, samplingSteps = 1, user = "ann", webhook = receiver.Url("/own"),
            webhookEvents = new[] { "job.image", "job.succeeded" } };
        var job = await OkAsync(await client.PostAsJsonAsync("/images", body, Stop));
        Assert.DoesNotContain("webhook", job.ToJsonString(), StringComparison.Ordinal);
        await receiver.UntilAsync(all => all.Count >= 3);
        Assert.Equal(["job.image", "job.image", "job.succeeded"], receiver.All.Select(m => (string?)m.Body["type"]).Order());
        Assert.All(receiver.All, m => Assert.Equal("ann", (string?)m.Body["data"]!["user"]));
        var secret = (string)(await OkAsync(await client.GetAsync("/webhooks/secret", Stop)))["secret"]!;
        Assert.All(receiver.All, m => Assert.True(m.IsSignedWith(secret)));
        foreach (var odd in new object[] { new { concept, prompt = "*", webhook = "ftp://a/b" },
            new { concept, prompt = "*", webhookEvents = new[] { "job.image" } } })
            await ProblemAsync(await client.PostAsJsonAsync("/images", odd, Stop), HttpStatusCode.BadRequest, "invalid_field");
    }

    [Fact]
    public async Task A_receiver_that_fails_holds_nothing_back_and_gets_the_same_message_again()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var failures = 0;
        receiver.Answer = message => (string?)message.Body["data"]!["event"]!["state"] == "queued"
            && Interlocked.Increment(ref failures) <= 2 ? 500 : 200;
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/fails") }, Stop));
        using var dead = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
        dead.Bind(new IPEndPoint(IPAddress.Loopback, 0));                        // nobody listens there
        var gone = await OkAsync(
            await client.PostAsJsonAsync("/webhooks",
            new { url = $"http://127.0.0.1:{((IPEndPoint)dead.LocalEndPoint!).Port}/", events = new[] { "job.succeeded" } }, Stop));
        var concept = await host.NewConceptAsync(client, photos: 1);
        var job = await host.TrainAsync(concept, 5, client);
        Assert.Equal("succeeded", (string?)(await host.EndAsync(job, client))["state"]);
        await receiver.UntilAsync(all => all.Count(m => (string?)m.Body["type"] == "job.queued") == 3
            && all.Any(m => (string?)m.Body["type"] == "job.succeeded"));

        var tries = receiver.All.Where(m => (string?)m.Body["type"] == "job.queued").ToList();
        Assert.Single(tries.Select(m => (m.Id, m.Text)).Distinct());
        var third = receiver.All.FindIndex(m => m == tries[2]);
        Assert.Contains(receiver.All.Take(third), m => (string?)m.Body["type"] == "job.running");

        // Given up after the last pause, it is kept and can be sent again.
        var failed = await UntilAsync(client, $"/webhooks/{gone["id"]}/deliveries", list =>
            (string?)list["deliveries"]![0]?["state"] == "failed");
        Assert.Equal(3, (int)failed["deliveries"]![0]!["attempts"]!);
        await OkAsync(await client.PatchAsJsonAsync($"/webhooks/{gone["id"]}", new { url = receiver.Url("/mended") }, Stop));
        await OkAsync(await client.PostAsync($"/webhooks/{gone["id"]}/deliveries/{failed["deliveries"]![0]!["id"]}/redelivery", null,
            Stop));
        await receiver.UntilAsync(all => all.Any(m => m.Path == "/mended" && m.Id == (string?)failed["deliveries"]![0]!["id"]));
        await UntilAsync(client, $"/webhooks/{gone["id"]}/deliveries", list => (string?)list["deliveries"]![0]?["state"] == "delivered");
    }

    [Fact]
    public async Task A_receiver_that_answers_410_is_left_alone_until_it_is_enabled_again()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = _ => 410;
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var hook = (string)(
            await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/gone"), events = new[] { "job.succeeded" } },
            Stop)))["id"]!;
        var concept = await host.NewConceptAsync(client, photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 3, client), client);
        var off = await UntilAsync(client, $"/webhooks/{hook}", view => !(bool)view["enabled"]!);
        Assert.Contains("410", (string?)off["disabled"], StringComparison.Ordinal);

        receiver.Answer = _ => 200;
        await host.EndAsync(await host.TrainAsync(concept, 3, client), client);
        await OkAsync(await client.PatchAsJsonAsync($"/webhooks/{hook}", new { enabled = true }, Stop));
        await host.EndAsync(await host.TrainAsync(concept, 3, client), client);
        await receiver.UntilAsync(all => all.Count == 2);                        // nothing of what happened between
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/webhooks/{hook}", Stop)).StatusCode);
        await ProblemAsync(await client.GetAsync($"/webhooks/{hook}", Stop), HttpStatusCode.NotFound, "webhook_not_found");
    }

    [Fact]
    public async Task A_message_outlives_the_silo_that_was_to_send_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var tries = 0;
        receiver.Answer = _ => Interlocked.Increment(ref tries) == 1 ? 503 : 200;
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/late"), events = new[] { "job.succeeded" } },
            Stop));
        var concept = await host.NewConceptAsync(client, photos: 1);
        var job = await host.TrainAsync(concept, 3, client);
        await host.EndAsync(job, client);
        await receiver.UntilAsync(all => all.Count >= 1);
        await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0)
            .ForceActivationCollection(TimeSpan.Zero, Stop);
        await OkAsync(await client.GetAsync("/webhooks", Stop));                 // as the waker would, within half a minute
        await receiver.UntilAsync(all => all.Count(m => m.Status == 200) == 1);
        Assert.Single(receiver.All.Select(m => m.Id).Distinct());
    }

    [Fact]
    public async Task Messages_come_page_by_page_newest_first_and_each_once()
    {
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var hook = (string)(await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url = "http://127.0.0.1:1/" }, Stop)))["id"]!;
        var concept = await host.NewConceptAsync(client, photos: 1);
        for (var i = 0; i < 2; i++) await host.EndAsync(await host.TrainAsync(concept, 2, client), client);
        var path = $"/webhooks/{hook}/deliveries";
        var whole = await UntilAsync(client, $"{path}?limit=200", list =>
            list["deliveries"]!.AsArray().Count(d => (string?)d!["type"] == "job.succeeded") == 2);
        Assert.Null(whole["next"]);
        var created = whole["deliveries"]!.AsArray().Select(d => (DateTimeOffset)d!["created"]!).ToList();
        Assert.Equal(created.OrderDescending(), created);

        List<string> ids = [];
        for (var cursor = ""; ;)
        {
            var page = await OkAsync(await client.GetAsync($"{path}?limit=3{cursor}", Stop));
            ids.AddRange(page["deliveries"]!.AsArray().Select(d => (string)d!["id"]!));
            if ((string?)page["next"] is not { } next) break;
            Assert.Equal(3, page["deliveries"]!.AsArray().Count);
            cursor = $"&cursor={Uri.EscapeDataString(next)}";
        }
        Assert.Equal(whole["deliveries"]!.AsArray().Select(d => (string)d!["id"]!), ids);

        foreach (var odd in new[] { "limit=201", "cursor=x" })
            await ProblemAsync(await client.GetAsync($"{path}?{odd}", Stop), HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await client.GetAsync($"{path}?page=2", Stop), HttpStatusCode.BadRequest, "unknown_parameter");
    }

    [Theory]
    [InlineData("http://10.1.2.3/")]
    [InlineData("http://127.0.0.2:81/")]
    [InlineData("https://169.254.169.254/latest/meta-data")]
    [InlineData("https://[::1]/")]
    [InlineData("https://[::ffff:10.0.0.1]/")]
    [InlineData("https://3232235777/")]                                         // 192.168.1.1 in decimal
    [InlineData("https://0x7f.2/")]                                             // 127.0.0.2
    [InlineData("https://[64:ff9b::a00:1]/")]
    [InlineData("https://[fd00::1]/")]
    public async Task No_webhook_leads_inside(string url)
    {
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var hook = (string)(await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url, events = new[] { "job.canceled" } }, Stop)))[
            "id"]!;
        var concept = await host.NewConceptAsync(client, photos: 1);
        var job = await host.TrainAsync(concept, 100_000, client);
        await client.PostAsync($"/jobs/{job}/cancel", null, Stop);
        var list = await UntilAsync(client, $"/webhooks/{hook}/deliveries", list =>
            (string?)list["deliveries"]![0]?["problem"] is not null);
        Assert.Matches("wanted: (a public address|https)|not known|resolve|Name or service", (string)list["deliveries"]![0]!["problem"]!);
        Assert.Null(list["deliveries"]![0]!["status"]);
    }

    [Fact]
    public async Task A_redirect_is_not_followed()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        receiver.Answer = message => message.Path == "/from" ? 307 : 200;
        receiver.Location = "/to";
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var hook = (string)(
            await OkAsync(await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/from"), events = new[] { "job.succeeded" } },
            Stop)))["id"]!;
        await host.EndAsync(await host.TrainAsync(await host.NewConceptAsync(client, photos: 1), 3, client), client);
        var list = await UntilAsync(client, $"/webhooks/{hook}/deliveries", list => (string?)list["deliveries"]![0]?["state"] == "failed");
        Assert.Equal(307, (int)list["deliveries"]![0]!["status"]!);
        Assert.DoesNotContain(receiver.All, m => m.Path == "/to");
    }

    [Fact]
    public async Task What_cannot_be_a_webhook_is_refused()
    {
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        foreach (var (body, field) in new (object, string)[]
        {
            (new { url = "/relative" }, "url"), (new { url = "https://user@example.com/" }, "url"),
            (new { url = "https://example.com/#x" }, "url"),
            (new { url = "https://example.com/", events = Array.Empty<string>() }, "events"),
            (new { url = "https://example.com/", events = new[] { "job.nothing" } }, "events"),
        })
        {
            Assert.Equal(field,
                (string?)(await ProblemAsync(await client.PostAsJsonAsync("/webhooks", body, Stop), HttpStatusCode.BadRequest,
                "invalid_field"))["field"]);
        }
    }

    private static async Task<JsonNode> UntilAsync(HttpClient client, string path, Func<JsonNode, bool> enough)
    {
        for (var tries = 0; ; tries++)
        {
            var view = await OkAsync(await client.GetAsync(path, Stop));
            if (view["deliveries"] is JsonArray { Count: 0 } ? false : enough(view)) return view;
            Assert.True(tries < 200, view.ToJsonString());
            await Task.Delay(100, Stop);
        }
    }
}
