using System.Net;
using System.Net.Http.Json;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class OriginsTests(GatewayHost host)
{
    private const string App = "https://origins.example.org";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pages_of_an_origin_that_the_tenant_allows_may_call_for_that_tenant_alone()
    {
        using var mine = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        using var other = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        Assert.Null(await AllowedAsync(mine, HttpMethod.Options));
        await OkAsync(await mine.PatchAsJsonAsync("/settings", new { allowedOrigins = new[] { $"{App}/", "http://localhost:6491" } },
            Stop));
        var settings = await OkAsync(await mine.GetAsync("/settings", Stop));
        Assert.Equal([App, "http://localhost:6491"], settings["allowedOrigins"]!.AsArray().Select(o => (string?)o));

        Assert.Equal(App, await AllowedAsync(mine, HttpMethod.Options));            // a preflight names no tenant
        Assert.Equal(App, await AllowedAsync(mine, HttpMethod.Get));
        Assert.Null(await AllowedAsync(other, HttpMethod.Get));
        Assert.Null(await AllowedAsync(mine, HttpMethod.Get, "https://evil.example"));
        Assert.Null(await AllowedAsync(mine, HttpMethod.Options, "https://evil.example"));
        Assert.Null(await AllowedAsync(mine, HttpMethod.Options, "null"));
        using var anonymous = host.ClientFor(null);
        Assert.Equal(App, await AllowedAsync(anonymous, HttpMethod.Get));           // so that the page can read why it is refused

        await OkAsync(await mine.PatchAsJsonAsync("/settings", new { allowedOrigins = Array.Empty<string>() }, Stop));
        Assert.Null(await AllowedAsync(mine, HttpMethod.Get));
        Assert.Null(await AllowedAsync(mine, HttpMethod.Options));
    }

    [Fact]
    public async Task A_preflight_is_answered_without_a_key_and_credentials_go_to_the_hub_alone()
    {
        // A preflight is answered for every tenant's origins: this one is of no other test.
        const string Preflighted = "https://preflight.example.org";
        using var admin = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        await OkAsync(await admin.PatchAsJsonAsync("/settings", new { allowedOrigins = new[] { Preflighted } }, Stop));
        using var anonymous = host.ClientFor(null);
        foreach (var (path, credentials) in new[] { ("/images", false), ("/hubs/studio/negotiate", true) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Options, path);
            request.Headers.Add("Origin", Preflighted);
            request.Headers.Add("Access-Control-Request-Method", "POST");
            request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,idempotency-key");
            var answer = await anonymous.SendAsync(request, Stop);
            Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
            Assert.Equal(Preflighted, answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Contains("idempotency-key", string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Headers")),
                StringComparison.Ordinal);
            Assert.Contains("POST", string.Join(',', answer.Headers.GetValues("Access-Control-Allow-Methods")), StringComparison.Ordinal);
            Assert.Equal(credentials, answer.Headers.Contains("Access-Control-Allow-Credentials"));
            Assert.Contains("Origin", answer.Headers.Vary);
        }
    }

    [Fact]
    public async Task Only_admins_set_origins_and_only_origins_are_set()
    {
        using var user = host.ClientFor(await host.NewTenantAsync());
        await ProblemAsync(await user.PatchAsJsonAsync("/settings", new { allowedOrigins = new[] { App } }, Stop), HttpStatusCode.Forbidden,
            "forbidden");
        foreach (var odd in new[] { "*", "app.example.org", "https://app.example.org/page", "ftp://app.example.org",
            "https://a:b@app.example.org", "null" })
        {
            var problem = await ProblemAsync(
                await host.Client.PatchAsJsonAsync("/settings", new { allowedOrigins = new[] { odd } }, Stop), HttpStatusCode.BadRequest,
                "invalid_field");
            Assert.Contains(odd, (string?)problem["detail"], StringComparison.Ordinal);
        }
    }

    private static async Task<string?> AllowedAsync(HttpClient client, HttpMethod method, string origin = App)
    {
        using var request = new HttpRequestMessage(method, "/concepts");
        request.Headers.Add("Origin", origin);
        if (method == HttpMethod.Options) request.Headers.Add("Access-Control-Request-Method", "GET");
        var answer = await client.SendAsync(request, Stop);
        Assert.Contains("Origin", answer.Headers.Vary);
        return answer.Headers.TryGetValues("Access-Control-Allow-Origin", out var allowed) ? allowed.Single() : null;
    }
}
