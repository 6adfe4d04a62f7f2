using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Who may no longer hears nothing more, at whichever gateway, within five seconds.</summary>
public sealed class RevocationTests(GatewayHost host)
{
    private static readonly TimeSpan _promised = TimeSpan.FromSeconds(5);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_revoked_key_ends_what_is_open_through_it_at_every_gateway()
    {
        using var admin = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        var made = await OkAsync(await admin.PostAsJsonAsync("/keys", new { name = "phone", role = "user" }, Stop));
        var key = (string)made["key"]!;
        await using var second = await SecondGateway.StartAsync(host);
        var job = await host.TrainAsync(await host.NewConceptAsync(admin, photos: 1), 100_000, admin);
        try
        {
            List<Task> open = [];
            foreach (var gateway in new[] { host.Address, second.Address })
            {
                open.Add(await Open.StreamAsync(gateway, $"/jobs/{job}/events", "Authorization", $"Bearer {key}", Stop));
                open.Add(await Open.StreamAsync(gateway, "/changes", "Authorization", $"Bearer {key}", Stop));
                open.Add(await Open.HubAsync(gateway, key, Stop));
            }
            var untouched = await Open.StreamAsync(second.Address, "/changes", "Authorization",
                admin.DefaultRequestHeaders.Authorization!.ToString(), Stop);
            await Task.Delay(TimeSpan.FromSeconds(2.5), Stop);
            Assert.All(open, one => Assert.False(one.IsCompleted));

            var watch = Stopwatch.StartNew();
            Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/keys/{made["id"]}", Stop)).StatusCode);
            await Task.WhenAll(open).WaitAsync(TimeSpan.FromSeconds(20), Stop);
            TestContext.Current.TestOutputHelper?.WriteLine($"ended after {watch.Elapsed.TotalSeconds:f1} s");
            Assert.InRange(watch.Elapsed, TimeSpan.Zero, _promised);
            Assert.False(untouched.IsCompleted);
            foreach (var gateway in new[] { host.Address, second.Address })
            {
                using var late = new HttpClient { BaseAddress = gateway };
                late.DefaultRequestHeaders.Authorization = new("Bearer", key);
                Assert.Equal(HttpStatusCode.Unauthorized, (await late.GetAsync(new Uri("/concepts", UriKind.Relative), Stop)).StatusCode);
            }
        }
        finally
        {
            await admin.PostAsync($"/jobs/{job}/cancel", null, Stop);
        }
    }

    [Fact]
    public async Task Signing_out_ends_the_session_wherever_its_cookie_was_copied_to()
    {
        var key = await host.NewTenantAsync(KeyRole.Admin);
        using var client = host.ClientFor(key);
        var (cookie, other) = (await SignInAsync(key), await SignInAsync(key));
        Assert.NotEqual(cookie, other);
        Assert.DoesNotContain(key.Split('_')[^1], cookie, StringComparison.Ordinal);
        await using var second = await SecondGateway.StartAsync(host);
        var open = await Open.StreamAsync(second.Address, "/changes", "Cookie", cookie, Stop);
        var token = (string)(await OkAsync(await SendAsync(HttpMethod.Post, "/tokens", cookie, new { user = "ann" })))["token"]!;

        var watch = Stopwatch.StartNew();
        for (var again = 0; again < 2; again++)                             // never from memory: the second is nobody's
        {
            var left = await SendAsync(HttpMethod.Post, "/logout", cookie, new { }, "the-same");
            Assert.Equal(again == 0 ? HttpStatusCode.NoContent : HttpStatusCode.Unauthorized, left.StatusCode);
        }
        await open.WaitAsync(TimeSpan.FromSeconds(20), Stop);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, _promised);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/session", cookie)).StatusCode);
        using var bearer = host.ClientFor(token);
        await ProblemAsync(await bearer.GetAsync("/jobs/any/events", Stop), HttpStatusCode.Unauthorized, "invalid_token");

        // The other browser stays, is listed, and is ended from here.
        await OkAsync(await SendAsync(HttpMethod.Get, "/session", other));
        var listed = Assert.Single((await OkAsync(await client.GetAsync("/sessions", Stop)))["sessions"]!.AsArray())!;
        Assert.Equal(HttpStatusCode.NoContent, (await client.DeleteAsync($"/sessions/{listed["id"]}", Stop)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await SendAsync(HttpMethod.Get, "/session", other)).StatusCode);
        await ProblemAsync(await client.DeleteAsync($"/sessions/{listed["id"]}", Stop), HttpStatusCode.NotFound, "session_not_found");
    }

    [Fact]
    public async Task A_suspended_tenants_calls_are_refused_and_its_storage_stays()
    {
        var key = await host.NewTenantAsync(KeyRole.Admin);
        Assert.True(ApiKey.TryParse(key, out var parsed));
        using var client = host.ClientFor(key);
        var concept = await host.NewConceptAsync(client, photos: 1);
        var open = await Open.StreamAsync(host.Address, "/changes", "Authorization", $"Bearer {key}", Stop);
        var photo = (string)(await OkAsync(await client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![0]!["url"]!;
        var signed = (string)(await OkAsync(await client.PostAsJsonAsync("/signed-urls", new { paths = new[] { photo } }, Stop)))
            ["urls"]![0]!["url"]!;
        using var anonymous = host.ClientFor(null);

        await OkAsync(await host.Client.PatchAsJsonAsync($"/admin/tenants/{parsed.Tenant}", new { suspended = true }, Stop));
        await ProblemAsync(await client.GetAsync($"/concepts/{concept}", Stop), HttpStatusCode.Forbidden, "tenant_suspended");
        await ProblemAsync(await anonymous.GetAsync(signed, Stop), HttpStatusCode.Forbidden, "tenant_suspended");
        await open.WaitAsync(_promised, Stop);
        await OkAsync(await host.Client.PatchAsJsonAsync($"/admin/tenants/{parsed.Tenant}", new { suspended = false }, Stop));
        await OkAsync(await client.GetAsync($"/concepts/{concept}", Stop));
        Assert.Equal(HttpStatusCode.OK, (await anonymous.GetAsync(signed, Stop)).StatusCode);
    }

    [Fact]
    public async Task A_suspended_tenants_training_pauses_at_its_next_step_and_goes_on_when_it_is_back()
    {
        Assert.True(ApiKey.TryParse(await host.NewTenantAsync(KeyRole.Admin), out var key));
        using var client = host.ClientFor(key.InClear());
        var job = await host.TrainAsync(await host.NewConceptAsync(client, photos: 1), 100_000, client);
        async Task<JobView> UntilAsync(Func<JobView, bool> holds)
        {
            for (var tries = 0; tries < 300; tries++)
            {
                var view = (await new CurrentTenant(key.Tenant, host.Services.GetRequiredService<IGrainFactory>()).Job(job).Get())!;
                if (holds(view)) return view;
                await Task.Delay(50, Stop);
            }
            throw new TimeoutException($"Job {job} did not get there within 15 s.");
        }

        await UntilAsync(view => view is { State: JobState.Running, Step: > 0 });
        await OkAsync(await host.Client.PatchAsJsonAsync($"/admin/tenants/{key.Tenant}", new { suspended = true }, Stop));
        var paused = await UntilAsync(view => view.State == JobState.Queued);
        // Others' work goes on meanwhile, on the same device.
        var other = await host.TrainAsync(await host.NewConceptAsync(photos: 1), 3);
        Assert.Equal("succeeded", (string?)(await host.EndAsync(other))["state"]);
        var still = await UntilAsync(_ => true);
        Assert.Equal((JobState.Queued, paused.LastSeq), (still.State, still.LastSeq));

        await OkAsync(await host.Client.PatchAsJsonAsync($"/admin/tenants/{key.Tenant}", new { suspended = false }, Stop));
        await UntilAsync(view => view.State == JobState.Running && view.Step > paused.Step);
        await OkAsync(await client.PostAsync($"/jobs/{job}/cancel", null, Stop));
    }

    private async Task<string> SignInAsync(string key)
    {
        using var anonymous = host.ClientFor(null);
        var answer = await anonymous.PostAsJsonAsync("/login", new { key }, Stop);
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string cookie, object? body = null, string? idempotencyKey = null)
    {
        using var client = host.ClientFor(null);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", cookie);
        request.Headers.Add("Origin", host.Address.GetLeftPart(UriPartial.Authority));
        if (idempotencyKey is not null) request.Headers.Add("Idempotency-Key", idempotencyKey);
        if (body is not null && path != "/logout") request.Content = JsonContent.Create(body);
        return await client.SendAsync(request, Stop);
    }
}
