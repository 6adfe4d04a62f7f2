using System.Net;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Http;
using ViCo.Gateway.Mcp;
using ViCo.Gateway.Studio;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class AuthenticationTests(GatewayHost host)
{
    /// <summary>Whatever is open to everybody is listed here on purpose.</summary>
    private static readonly string[] _open =
        ["/healthz", "/readyz", "/login", "/login/{token}", "/openapi/{documentName}.json", "/docs", "/problems", "/"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_route_has_a_policy_or_is_open_on_purpose()
    {
        var routes = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        Assert.InRange(routes.Count, 25, 200);
        foreach (var route in routes)
        {
            var path = "/" + route.RoutePattern.RawText!.TrimStart('/').TrimEnd('/');
            var open = route.Metadata.GetMetadata<IAllowAnonymous>() is not null;
            var policies = route.Metadata.GetOrderedMetadata<IAuthorizeData>();
            if (open)
                Assert.True(_open.Contains(path) || path.StartsWith("/docs/", StringComparison.Ordinal)
                    || IsStudioFile(path), $"{path} is open to everybody.");
            else
                Assert.True(policies.Any(p => p.Policy is Authentication.TenantPolicy or Authentication.InstallationPolicy),
                    $"{path} has no policy.");
        }
    }

    [Fact]
    public void Every_route_method_of_the_hub_and_tool_names_its_scope_and_what_writes_names_one_that_writes()
    {
        var routes = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is null).ToList();
        foreach (var route in routes)
        {
            var name = $"{string.Join(',', RoutesAt.MethodsOf(route))} {route.RoutePattern.RawText}";
            var needs = route.Metadata.GetMetadata<NeedsAttribute>();
            Assert.True(needs is { Grants: not Grants.None }, $"{name} has no scope.");
            // The protocols of others do everything by POST: their methods and tools name scopes of their own.
            if (name.Contains("hubs/", StringComparison.Ordinal) || name.Contains("mcp", StringComparison.Ordinal)
                || RoutesAt.MethodsOf(route).All(method => method is "GET" or "HEAD")) continue;
            Assert.True(Scopes.NamesOf(needs.Grants).All(scope => scope.EndsWith(":write", StringComparison.Ordinal)),
                $"{name} writes by {needs.Grants}.");
        }
        foreach (var method in typeof(StudioHub).GetMethods().Where(m => m.DeclaringType == typeof(StudioHub) && !m.IsVirtual))
            Assert.True(method.IsDefined(typeof(NeedsAttribute), false), $"{method.Name} of the hub has no scope.");
        Assert.InRange(ToolAccess.Needed.Count, 8, 100);
        Assert.All(ToolAccess.Needed, tool => Assert.True(tool.Value is { Grants: not Grants.None }, $"{tool.Key} has no scope."));
    }

    [Fact]
    public async Task A_route_without_a_policy_is_refused_even_to_an_admin()
    {
        var authorization = host.Services.GetRequiredService<IAuthorizationPolicyProvider>();
        var fallback = (await authorization.GetFallbackPolicyAsync())!;
        var context = new DefaultHttpContext { RequestServices = host.Services };
        context.SetEndpoint(
            new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/forgotten"), 0, EndpointMetadataCollection.Empty,
            "forgotten"));
        var admin = GatewayClaims.Principal(
            new("default"), new("k", "k", KeyRole.Operator, Scopes.Of(KeyRole.Operator)), Authentication.KeyScheme);
        Assert.False((await host.Services.GetRequiredService<IAuthorizationService>().AuthorizeAsync(admin, context, fallback)).Succeeded);
    }

    [Theory]
    [InlineData(null, "not_signed_in", "realm=\"ViCo\"")]
    [InlineData("nonsense", "invalid_token",
        "realm=\"ViCo\", error=\"invalid_token\", error_description=\"The bearer token is no ViCo API key.\"")]
    [InlineData("vico_default_000000000000_0000000000000000000000000000000000000000000000000000000000000000", "invalid_token",
        "realm=\"ViCo\", error=\"invalid_token\", error_description=\"The key is unknown or revoked.\"")]
    public async Task Without_a_valid_key_there_is_401_and_how_to_get_in(string? key, string code, string challenge)
    {
        using var client = host.ClientFor(key);
        var answer = await client.GetAsync("/concepts", Stop);
        await ProblemAsync(answer, HttpStatusCode.Unauthorized, code);
        var told = answer.Headers.WwwAuthenticate.Single();             // RFC 6750 §3
        Assert.Equal(("Bearer", challenge), (told.Scheme, told.Parameter));
        await ProblemAsync(await client.GetAsync("/jobs/anything/events", Stop), HttpStatusCode.Unauthorized, code);
        await ProblemAsync(await client.PostAsync("/hubs/studio/negotiate", null, Stop), HttpStatusCode.Unauthorized, code);
    }

    [Fact]
    public async Task A_key_of_another_tenants_name_opens_nothing()
    {
        Assert.True(ApiKey.TryParse(host.Admin.ApiKey, out var key));
        using var client = host.ClientFor((key with { Tenant = new("other") }).InClear());
        await ProblemAsync(await client.GetAsync("/concepts", Stop), HttpStatusCode.Unauthorized, "invalid_token");
    }

    [Fact]
    public async Task A_revoked_key_opens_nothing_and_signs_its_browsers_out()
    {
        Assert.True(ApiKey.TryParse(await host.NewTenantAsync(), out var key));
        using var client = host.ClientFor(key.InClear());
        var cookie = await SignInAsync(key.InClear());
        await OkAsync(await client.GetAsync("/concepts", Stop));

        await new CurrentTenant(key.Tenant, host.Services.GetRequiredService<IGrainFactory>()).Tenant().RevokeKey(key.KeyId);
        await ProblemAsync(await client.GetAsync("/concepts", Stop), HttpStatusCode.Unauthorized, "invalid_token");
        await ProblemAsync(await SendAsync(HttpMethod.Get, "/session", cookie), HttpStatusCode.Unauthorized, "not_signed_in");
    }

    [Fact]
    public async Task A_browser_signs_in_with_a_key_and_out_again()
    {
        using var anonymous = host.ClientFor(null);
        var answer = await anonymous.PostAsJsonAsync("/login", new { key = host.Admin.ApiKey }, Stop);
        var set = Assert.Single(answer.Headers.GetValues("Set-Cookie"));
        Assert.Contains("httponly", set, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=strict", set, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(host.Admin.ApiKey, set, StringComparison.Ordinal);

        var cookie = set.Split(';')[0];
        Assert.Equal("default", (string?)(await OkAsync(await SendAsync(HttpMethod.Get, "/session", cookie)))["tenant"]);
        await ProblemAsync(await anonymous.PostAsJsonAsync("/login", new { key = "vico_default_1_2" }, Stop), HttpStatusCode.Unauthorized,
            "invalid_key");
        var left = await SendAsync(HttpMethod.Post, "/logout", cookie, Own);
        Assert.Contains($"{cookie.Split('=')[0]}=;", Assert.Single(left.Headers.GetValues("Set-Cookie")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_link_works_once()
    {
        using var client = host.ClientFor(null);
        var admin = await host.Services.GetRequiredService<FirstStart>().EnsureAsync(host.KeyFile, Stop);
        Assert.Equal(host.Admin.ApiKey, admin.ApiKey);              // a second start finds the first one's key

        var first = await client.GetAsync(new Uri(admin.LoginPath, UriKind.Relative), Stop);
        Assert.Equal("/", first.Headers.Location?.ToString());
        var cookie = Assert.Single(first.Headers.GetValues("Set-Cookie")).Split(';')[0];
        await OkAsync(await SendAsync(HttpMethod.Get, "/session", cookie));

        var second = await client.GetAsync(new Uri(admin.LoginPath, UriKind.Relative), Stop);
        Assert.Equal("/?link=spent", second.Headers.Location?.ToString());
        Assert.False(second.Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public void Only_its_owner_can_read_the_key_file()
    {
        Assert.Equal(host.Admin.ApiKey, File.ReadAllText(host.KeyFile).Trim());
        if (OperatingSystem.IsWindows())
            Assert.Skip("Windows has no file modes.");
        else
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(host.KeyFile));
    }

    [Fact]
    public async Task A_cookie_writes_only_for_our_own_pages()
    {
        var cookie = await SignInAsync(host.Admin.ApiKey);
        await ProblemAsync(await SendAsync(HttpMethod.Post, "/logout", cookie), HttpStatusCode.Forbidden, "foreign_origin");
        await ProblemAsync(await SendAsync(HttpMethod.Post, "/logout", cookie, "https://evil.example"), HttpStatusCode.Forbidden,
            "foreign_origin");
        await ProblemAsync(await SendAsync(HttpMethod.Post, "/hubs/studio/negotiate", cookie, "null"), HttpStatusCode.Forbidden,
            "foreign_origin");
        await OkAsync(await SendAsync(HttpMethod.Post, "/hubs/studio/negotiate?negotiateVersion=1", cookie, Own));
    }

    [Fact]
    public async Task Tokens_outlive_a_restart_because_their_keys_lie_in_storage()
    {
        await SignInAsync(host.Admin.ApiKey);
        var keys = new List<string>();
        await foreach (var entry in host.Services.GetRequiredService<IBlobStore>().ListAsync("gateway/key-ring/", Stop)) keys.Add(
            entry.Name);
        Assert.NotEmpty(keys);
    }

    private string Own => host.Address.GetLeftPart(UriPartial.Authority);

    private async Task<string> SignInAsync(string key)
    {
        using var anonymous = host.ClientFor(null);
        var answer = await anonymous.PostAsJsonAsync("/login", new { key }, Stop);
        return Assert.Single(answer.Headers.GetValues("Set-Cookie")).Split(';')[0];
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string cookie, string? origin = null)
    {
        using var client = host.ClientFor(null);
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Add("Cookie", cookie);
        if (origin is not null) request.Headers.Add("Origin", origin);
        return await client.SendAsync(request, Stop);
    }

    private static bool IsStudioFile(string path) => Path.GetExtension(path) is ".html" or ".css" or ".js" or ".svg" or ".woff2" or ".txt";
}
