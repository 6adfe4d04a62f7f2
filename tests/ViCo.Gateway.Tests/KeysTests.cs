using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Keys and tenants over the API: who may what, and that nobody gets more than was given.</summary>
public sealed class KeysTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_role_may_what_it_is_for_and_scopes_leave_a_part_of_that()
    {
        using var admin = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        var concept = await host.NewConceptAsync(admin, photos: 1);
        using var user = await WithAsync(admin, new { role = "user" });
        using var reader = await WithAsync(admin, new { role = "reader" });
        using var drawer = await WithAsync(admin, new { role = "user", scopes = new[] { "images:write" } });

        await StatusesAsync("/concepts", HttpMethod.Get, (reader, 200), (user, 200), (admin, 200), (drawer, 403));
        await StatusesAsync("/concepts", HttpMethod.Post, (reader, 403), (user, 201), (admin, 201), (drawer, 403));
        await StatusesAsync("/images", HttpMethod.Get, (reader, 200), (user, 200), (drawer, 200));
        await StatusesAsync($"/concepts/{concept}/photos/none", HttpMethod.Delete, (reader, 403), (drawer, 403), (user, 404));
        foreach (var path in new[] { "/keys", "/usage", "/webhooks", "/settings" })
            await StatusesAsync(path, HttpMethod.Get, (reader, 403), (user, 403), (admin, 200));
        await StatusesAsync("/admin/tenants", HttpMethod.Get, (reader, 403), (user, 403), (admin, 403), (host.Client, 200));
        await StatusesAsync("/admin/keys", HttpMethod.Get, (admin, 403), (host.Client, 200));

        var told = await ProblemAsync(await drawer.GetAsync("/concepts", Stop), HttpStatusCode.Forbidden, "forbidden");
        Assert.Contains("concepts:read", (string?)told["detail"], StringComparison.Ordinal);
        var session = await OkAsync(await drawer.GetAsync("/session", Stop));
        Assert.Equal(("user", "images:read,images:write,sessions:read,sessions:write"),
            ((string?)session["role"], string.Join(',', session["scopes"]!.AsArray().Select(s => (string?)s))));
    }

    [Fact]
    public async Task A_key_is_shown_once_listed_without_its_secret_rotated_with_overlap_and_revoked()
    {
        using var admin = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        var made = await OkAsync(await admin.PostAsJsonAsync("/keys",
            new { name = "shop", role = "user", scopes = new[] { "images:write" }, expires = "2099-01-01T00:00:00Z" }, Stop));
        var secret = ((string)made["key"]!).Split('_')[^1];
        using (var shop = host.ClientFor((string)made["key"]!)) await OkAsync(await shop.GetAsync("/images", Stop));

        var list = await (await admin.GetAsync("/keys", Stop)).Content.ReadAsStringAsync(Stop);
        Assert.DoesNotContain(secret, list, StringComparison.Ordinal);
        var shown = Assert.Single(JsonNode.Parse(list)!["keys"]!.AsArray(), key => (string?)key!["name"] == "shop")!;
        Assert.Equal((string?)made["prefix"], (string?)shown["prefix"]);
        Assert.StartsWith((string)shown["prefix"]! + "_", (string)made["key"]!, StringComparison.Ordinal);
        Assert.Equal("user", (string?)shown["role"]);
        Assert.NotNull(shown["created"]);
        Assert.NotNull(shown["lastUsed"]);

        var next = await OkAsync(await admin.PostAsJsonAsync($"/keys/{made["id"]}/rotation", new { overlap = 2 }, Stop));
        using var before = host.ClientFor((string)made["key"]!);
        using var after = host.ClientFor((string)next["key"]!);
        await OkAsync(await after.GetAsync("/images", Stop));
        await ProblemAsync(await after.GetAsync("/concepts", Stop), HttpStatusCode.Forbidden, "forbidden");
        await Task.Delay(TimeSpan.FromSeconds(2.2), Stop);
        await ProblemAsync(await before.GetAsync("/images", Stop), HttpStatusCode.Unauthorized, "invalid_token");
        Assert.Equal(HttpStatusCode.NoContent, (await admin.DeleteAsync($"/keys/{next["id"]}", Stop)).StatusCode);
        await ProblemAsync(await after.GetAsync("/images", Stop), HttpStatusCode.Unauthorized, "invalid_token");
        await ProblemAsync(await admin.DeleteAsync("/keys/000000000000", Stop), HttpStatusCode.NotFound, "key_not_found");
    }

    [Fact]
    public async Task Nobody_gives_or_takes_a_key_that_may_more_than_its_own()
    {
        using var admin = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        await ProblemAsync(await admin.PostAsJsonAsync("/keys", new { role = "operator" }, Stop), HttpStatusCode.Forbidden, "forbidden");
        using var keys = await WithAsync(admin, new { role = "admin", scopes = new[] { "keys:write" } });
        await ProblemAsync(await keys.PostAsJsonAsync("/keys", new { role = "user" }, Stop), HttpStatusCode.Forbidden, "forbidden");

        // The installation's own key stands in the tenant default: an admin there neither rotates nor revokes it.
        using var ofDefault = await WithAsync(host.Client, new { role = "admin" });
        Assert.True(ApiKey.TryParse(host.Admin.ApiKey, out var own));
        await ProblemAsync(await ofDefault.PostAsJsonAsync($"/keys/{own.KeyId}/rotation", new { overlap = 1 }, Stop),
            HttpStatusCode.Forbidden, "forbidden");
        await ProblemAsync(await ofDefault.DeleteAsync($"/keys/{own.KeyId}", Stop), HttpStatusCode.Forbidden, "forbidden");

        var only = (string)(await OkAsync(await admin.GetAsync("/session", Stop)))["key"]!;
        await ProblemAsync(await admin.PostAsJsonAsync("/keys", new { name = "", expires = "2001-01-01T00:00:00Z" }, Stop),
            HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await admin.PostAsJsonAsync("/keys", new { scopes = new[] { "everything" } }, Stop),
            HttpStatusCode.BadRequest, "invalid_field");
        await OkAsync(await admin.DeleteAsync($"/keys/{await IdOf(keys)}", Stop));
        await ProblemAsync(await admin.DeleteAsync($"/keys/{only}", Stop), HttpStatusCode.Conflict, "last_admin_key");
    }

    [Fact]
    public async Task An_operator_makes_tenants_and_one_without_a_tenant_sees_no_concept_and_no_picture()
    {
        var made = await OkAsync(await host.Client.PostAsJsonAsync("/admin/tenants", new { id = "made-here", name = "Made here" }, Stop));
        using var first = host.ClientFor((string)made["key"]!);
        var session = await OkAsync(await first.GetAsync("/session", Stop));
        Assert.Equal(("made-here", "admin"), ((string?)session["tenant"], (string?)session["role"]));
        await ProblemAsync(await host.Client.PostAsJsonAsync("/admin/tenants", new { id = "made-here" }, Stop), HttpStatusCode.Conflict,
            "tenant_exists");
        foreach (var id in new[] { "", "-x", "Upper", "a_b", "installation", new string('a', 41) })
            await ProblemAsync(await host.Client.PostAsJsonAsync("/admin/tenants", new { id }, Stop), HttpStatusCode.BadRequest,
                "invalid_field");

        var page = await OkAsync(await host.Client.GetAsync("/admin/tenants?limit=1", Stop));
        List<string> all = [];
        for (var next = (string?)null; ;)
        {
            page = await OkAsync(await host.Client.GetAsync($"/admin/tenants?limit=2&cursor={next}", Stop));
            all.AddRange(page["tenants"]!.AsArray().Select(one => (string)one!["id"]!));
            if ((next = (string?)page["next"]) is null) break;
        }
        Assert.Equal(all.Distinct().Order(StringComparer.Ordinal), all);
        Assert.Contains("made-here", all);
        Assert.Contains("default", all);
        var weighed = await OkAsync(await host.Client.PatchAsJsonAsync("/admin/tenants/made-here", new { weight = 2.5 }, Stop));
        Assert.Equal((2.5, "Made here"), ((double)weighed["weight"]!, (string?)weighed["name"]));
        await ProblemAsync(await host.Client.PatchAsJsonAsync("/admin/tenants/nobody", new { weight = 1 }, Stop), HttpStatusCode.NotFound,
            "tenant_not_found");

        using var nowhere = host.ClientFor((string)(await OkAsync(
            await host.Client.PostAsJsonAsync("/admin/keys", new { name = "on call" }, Stop)))["key"]!);
        await OkAsync(await nowhere.GetAsync("/admin/tenants", Stop));
        foreach (var path in new[] { "/concepts", "/images", "/jobs", "/changes", "/usage", "/images/x-0", "/keys" })
            await ProblemAsync(await nowhere.GetAsync(path, Stop), HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task A_socket_with_a_cookie_opens_for_our_own_pages_alone()
    {
        using var anonymous = host.ClientFor(null);
        var signed = await anonymous.PostAsJsonAsync("/login", new { key = host.Admin.ApiKey }, Stop);
        var cookie = Assert.Single(signed.Headers.GetValues("Set-Cookie")).Split(';')[0];
        var own = host.Address.GetLeftPart(UriPartial.Authority);
        foreach (var (origin, opens) in new[] { (own, true), ("http://evil.example", false), ("null", false), (null, false) })
        {
            using var socket = new ClientWebSocket();
            socket.Options.SetRequestHeader("Cookie", cookie);
            if (origin is not null) socket.Options.SetRequestHeader("Origin", origin);
            var address = new Uri($"ws://{host.Address.Authority}/hubs/studio");
            if (opens) await socket.ConnectAsync(address, Stop);
            else await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(address, Stop));
        }
        using var foreign = new HttpRequestMessage(HttpMethod.Post, "/login") { Content = JsonContent.Create(new { key = "x" }) };
        foreign.Headers.Add("Origin", "http://evil.example");
        await ProblemAsync(await anonymous.SendAsync(foreign, Stop), HttpStatusCode.Forbidden, "foreign_origin");
    }

    [Fact]
    public async Task Whoever_makes_up_tenants_wakes_no_grain_and_fills_no_log()
    {
        async Task<int> TenantsAwakeAsync() => (await host.Services.GetRequiredService<IGrainFactory>().GetGrain<IManagementGrain>(0)
            .GetDetailedGrainStatistics(null, null, Stop)).Count(g => g.GrainType.Contains("TenantGrain", StringComparison.Ordinal));
        await OkAsync(await host.Client.GetAsync("/concepts", Stop));
        var (awake, lines) = (await TenantsAwakeAsync(), host.TimesLogged("does not hold"));
        for (var i = 0; i < 300; i++)
        {
            using var guess = host.ClientFor(ApiKey.New(new($"made-up-{i}")).InClear());
            Assert.Equal(HttpStatusCode.Unauthorized, (await guess.GetAsync("/concepts", Stop)).StatusCode);
        }
        Assert.Equal(awake, await TenantsAwakeAsync());
        Assert.InRange(host.TimesLogged("does not hold") - lines, 0, 1);
        Assert.Equal(0, host.TimesLogged("made-up-299"));
    }

    private static async Task<string> IdOf(HttpClient client) => (string)(await OkAsync(await client.GetAsync("/session", Stop)))["key"]!;

    private async Task<HttpClient> WithAsync(HttpClient admin, object key) =>
        host.ClientFor((string)(await OkAsync(await admin.PostAsJsonAsync("/keys", key, Stop)))["key"]!);

    private static async Task StatusesAsync(string path, HttpMethod method, params (HttpClient Client, int Status)[] wanted)
    {
        foreach (var (client, status) in wanted)
        {
            using var request = new HttpRequestMessage(method, path);
            if (method == HttpMethod.Post) request.Content = JsonContent.Create(new { name = "Teapot", initWord = "teapot" });
            var answer = await client.SendAsync(request, Stop);
            Assert.True(status == (int)answer.StatusCode, $"{method} {path}: {(int)answer.StatusCode}, wanted {status}");
        }
    }
}
