using System.Net;
using System.Net.Http.Json;
using System.Text;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class TenancyTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_foreign_tenants_id_is_404_on_every_route_that_takes_one()
    {
        using var foreign = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var ids = await OwnedAsync();
        var routes = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<IAllowAnonymous>() is null && route.RoutePattern.Parameters.Count > 0
                // The installation's: the same for everybody, or operators' alone.
                && route.Metadata.GetMetadata<OfInstallation>() is null
                && !route.RoutePattern.RawText!.StartsWith("/models/", StringComparison.Ordinal)
                && !route.RoutePattern.RawText!.Contains("hubs", StringComparison.Ordinal)).ToList();
        Assert.InRange(routes.Count, 12, 100);

        // Reads first, as their owner, to know that the ids lead somewhere; then everything as somebody else; nothing may have changed.
        foreach (var route in routes.Where(IsGet)) Assert.Equal(HttpStatusCode.OK, (await SendAsync(host.Client, route, ids)).StatusCode);
        foreach (var route in routes)
        {
            var answer = await SendAsync(foreign, route, ids);
            Assert.True(answer.StatusCode == HttpStatusCode.NotFound,
                $"{Method(route)} {route.RoutePattern.RawText} answered {(int)answer.StatusCode} to another tenant.");
            var shape = route.RoutePattern.RawText!.TrimStart('/').StartsWith("v1/", StringComparison.Ordinal) ? "application/json"
                : "application/problem+json";
            Assert.Equal(shape, answer.Content.Headers.ContentType?.MediaType);
        }
        foreach (var route in routes.Where(IsGet)) Assert.Equal(HttpStatusCode.OK, (await SendAsync(host.Client, route, ids)).StatusCode);

        // The one id that travels in a body.
        await ProblemAsync(await foreign.PostAsJsonAsync("/images", new { concept = ids["concept"], prompt = "*" }, Stop),
            HttpStatusCode.NotFound, "concept_not_found");
        Assert.Empty((await OkAsync(await foreign.GetAsync("/jobs", Stop)))["jobs"]!.AsArray());
    }

    [Fact]
    public async Task A_foreign_tenants_job_is_unknown_to_the_hub()
    {
        var ids = await OwnedAsync();
        await using var hub = host.Hub(await host.NewTenantAsync());
        await hub.StartAsync(Stop);
        foreach (var job in new[] { ids["job"], "never-was", "../" + ids["job"] })
        {
            var subscribe = await Assert.ThrowsAsync<HubException>(async () =>
                { await foreach (var _ in hub.StreamAsync<JobEvent>("Subscribe", job, 0L, Stop)) { } });
            Assert.Contains("There is no job", subscribe.Message, StringComparison.Ordinal);
            await Assert.ThrowsAsync<HubException>(async () =>
                { await foreach (var _ in hub.StreamAsync<object>("Previews", job, Stop)) { } });
        }
    }

    private async Task<Dictionary<string, string>> OwnedAsync()
    {
        var concept = await host.NewConceptAsync();
        var training = await host.TrainAsync(concept, 50);
        await host.EndAsync(training);
        var sampling = (string)(
            await OkAsync(await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1, samplingSteps = 1 }, Stop)))[
            "id"]!;
        var image = (string)(await host.EndAsync(sampling))["images"]![0]!;
        var photo = (string)(await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![0]!["id"]!;
        var webhook = (string)(
            await OkAsync(await host.Client.PostAsJsonAsync("/webhooks",
            new { url = "https://webhooks.invalid/", events = new[] { "job.error" } }, Stop)))["id"]!;
        Assert.True(ApiKey.TryParse(host.Admin.ApiKey, out var key));
        return new() { ["webhook"] = webhook, ["delivery"] = "never-was", ["concept"] = concept, ["job"] = training, ["image"] = image,
            ["photo"] = photo, ["step"] = "50", ["run"] = training,
            ["key"] = key.KeyId, ["session"] = "never-was" };
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, RouteEndpoint route, Dictionary<string, string> ids)
    {
        var path = "/"
            + string.Join('/', route.RoutePattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
        {
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter => ids[parameter.Name],
            Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal => literal.Content,
            _ => "",
        }))));
        using var request = new HttpRequestMessage(new(Method(route)), path);
        if (path.EndsWith("/photos", StringComparison.Ordinal))
            request.Content = new MultipartFormDataContent { { Photo(Sample(5), "image/png"), "photos", "5.png" } };
        else if (request.Method == HttpMethod.Patch && path.Contains("/runs/", StringComparison.Ordinal))
            request.Content = new StringContent("""{"label":"mine"}""", Encoding.UTF8, "application/json");
        else if (request.Method == HttpMethod.Post || request.Method == HttpMethod.Patch) request.Content =
            new StringContent("{}", Encoding.UTF8, "application/json");
        return await client.SendAsync(request, Stop);
    }

    private static string Method(RouteEndpoint route) => route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods[0];

    private static bool IsGet(RouteEndpoint route) => Method(route) == "GET";
}
