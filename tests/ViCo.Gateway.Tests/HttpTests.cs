using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>HTTP as RFC 9110 and its kin have it.</summary>
public sealed class HttpTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_route_answers_OPTIONS_with_the_methods_it_takes_and_HEAD_where_it_answers_GET()
    {
        using var anonymous = host.ClientFor(null);
        foreach (var route in host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>())
        {
            var methods = route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods;
            var path = "/"
                + string.Join('/', route.RoutePattern.PathSegments.Select(s =>
                s.Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart p] ? p.Name == "step" ? "1" : "x"
                : string.Concat(s.Parts.Select(Text))));
            using var options = await anonymous.SendAsync(new(HttpMethod.Options, path), Stop);
            Assert.True(options.StatusCode == HttpStatusCode.NoContent, $"OPTIONS {path} answered {options.StatusCode}.");
            Assert.Superset((methods ?? []).Append("OPTIONS").ToHashSet(), options.Content.Headers.Allow.ToHashSet());
            if (methods?.Contains("GET") == true) Assert.True(methods.Contains("HEAD"), $"{path} answers GET and not HEAD.");
        }

        static string Text(Microsoft.AspNetCore.Routing.Patterns.RoutePatternPart part) =>
            part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternLiteralPart literal ? literal.Content
                : part is Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart ? "v1" : "";
    }

    [Theory]
    [InlineData("/session")]
    [InlineData("/options")]
    [InlineData("/concepts")]
    [InlineData("/healthz")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/js/app.js")]
    [InlineData("/problems")]
    public async Task HEAD_has_the_header_fields_of_GET_and_no_body(string path)
    {
        var get = await host.Client.GetAsync(path, Stop);
        var head = await host.Client.SendAsync(new(HttpMethod.Head, path), Stop);
        Assert.Equal(get.StatusCode, head.StatusCode);
        Assert.Equal(get.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Equal(get.Headers.ETag, head.Headers.ETag);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task A_method_that_a_path_does_not_take_is_405_with_all_that_it_takes()
    {
        var refused = await host.Client.SendAsync(new(HttpMethod.Put, "/concepts/x"), Stop);
        var problem = await ProblemAsync(refused, HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        Assert.Equal(["GET", "HEAD", "PATCH", "DELETE", "OPTIONS"], refused.Content.Headers.Allow);
        Assert.Equal("/concepts/x does not take PUT; wanted: GET, HEAD, PATCH, DELETE, OPTIONS.", (string?)problem["detail"]);
        Assert.Equal(HttpStatusCode.NotFound, (await host.Client.SendAsync(new(HttpMethod.Options, "/nothing"), Stop)).StatusCode);
    }

    [Fact]
    public async Task A_login_link_that_is_only_looked_at_is_not_spent()
    {
        using var client = host.ClientFor(null);
        var link = (await host.Services.GetRequiredService<Tenants.FirstStart>().EnsureAsync(host.KeyFile, Stop)).LoginPath;
        Assert.Equal(HttpStatusCode.Found, (await client.SendAsync(new(HttpMethod.Head, link), Stop)).StatusCode);
        Assert.True((await client.GetAsync(new Uri(link, UriKind.Relative), Stop)).Headers.Contains("Set-Cookie"));
    }

    [Fact]
    public async Task Pictures_photos_and_checkpoints_come_in_parts_and_not_again_when_they_are_known()
    {
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 5));
        var drawn = await host.EndAsync(
            (string)(await OkAsync(await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "*", count = 1 }, Stop)))["id"]!);
        var photo = (await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![0]!;
        var files = new (string Path, string Disposition)[]
        {
            ($"/images/{drawn["images"]![0]}", $"inline; filename={drawn["images"]![0]}.png"),
            ((string)photo["url"]!, "inline; filename=1.png"),
            ($"/concepts/{concept}/checkpoints/5", "attachment; filename=step-000005.safetensors"),
        };
        foreach (var (path, disposition) in files)
        {
            var whole = await host.Client.GetAsync(path, Stop);
            var bytes = await whole.Content.ReadAsByteArrayAsync(Stop);
            Assert.StartsWith(disposition, whole.Content.Headers.ContentDisposition?.ToString().Replace("\"", "", StringComparison.Ordinal),
                StringComparison.Ordinal);
            Assert.Contains("bytes", whole.Headers.AcceptRanges);
            var tag = whole.Headers.ETag!;

            Assert.Equal(HttpStatusCode.NotModified, (await AskAsync(path, h => h.IfNoneMatch.Add(tag))).StatusCode);
            var part = await AskAsync(path, h => h.Range = new(2, 9));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal(bytes[2..10], await part.Content.ReadAsByteArrayAsync(Stop));
            var last = await AskAsync(path, h => h.Range = new(null, 4));
            Assert.Equal(bytes[^4..], await last.Content.ReadAsByteArrayAsync(Stop));
            var beyond = await AskAsync(path, h => h.Range = new(bytes.Length, null));
            var problem = await ProblemAsync(beyond, HttpStatusCode.RequestedRangeNotSatisfiable, "range_not_satisfiable");
            Assert.Contains($"bytes */{bytes.Length}", (string?)problem["detail"], StringComparison.Ordinal);
            Assert.True(beyond.Headers.CacheControl!.NoStore);
            await ProblemAsync(await AskAsync(path, h => h.IfMatch.Add(new("\"another\""))), HttpStatusCode.PreconditionFailed,
                "precondition_failed");
            var other = await AskAsync(path, h => (h.Range, h.IfRange) = (new(2, 9), new(new EntityTagHeaderValue("\"another\""))));
            Assert.Equal(bytes, await other.Content.ReadAsByteArrayAsync(Stop));            // of another version the whole
            var head = await host.Client.SendAsync(new(HttpMethod.Head, path), Stop);
            Assert.Equal((long?)bytes.Length, head.Content.Headers.ContentLength);
        }
    }

    [Fact]
    public async Task Who_asks_again_for_what_has_not_changed_gets_no_body()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client, photos: 1);
        foreach (var path in new[] { "/concepts", "/jobs", $"/concepts/{concept}", "/images" })
        {
            var tag = (await client.GetAsync(path, Stop)).Headers.ETag;
            Assert.NotNull(tag);
            Assert.Equal(HttpStatusCode.NotModified, (await AskAsync(path, h => h.IfNoneMatch.Add(tag), client)).StatusCode);
        }
        var before = (await client.GetAsync("/concepts", Stop)).Headers.ETag!;
        await OkAsync(await client.PatchAsJsonAsync($"/concepts/{concept}", new { name = "Kettle" }, Stop));
        Assert.Equal(HttpStatusCode.OK, (await AskAsync("/concepts", h => h.IfNoneMatch.Add(before), client)).StatusCode);
    }

    [Theory]
    [InlineData("/options", "br, gzip", "br")]
    [InlineData("/options", "br;q=0, gzip", "gzip")]
    [InlineData("/options", "gzip;q=0.2, br;q=0.1", "gzip")]
    [InlineData("/js/app.js", "br", "br")]
    [InlineData("/js/app.js", "gzip, br;q=0", "gzip")]
    [InlineData("/css/base.css", "gzip", "gzip")]
    [InlineData("/openapi/v1.json", "gzip", "gzip")]
    [InlineData("/options", "identity", null)]
    [InlineData("/options", "br;q=0", null)]
    public async Task Texts_are_compressed_as_the_client_rates_it(string path, string accepted, string? coding)
    {
        var answer = await AskAsync(path, h => h.TryAddWithoutValidation("Accept-Encoding", accepted));
        Assert.Equal(coding, answer.Content.Headers.ContentEncoding.SingleOrDefault());
        Assert.Contains("Accept-Encoding", answer.Headers.Vary);
    }

    [Theory]
    [InlineData("text/event-stream", true)]
    [InlineData("text/event-stream, */*;q=0.1", true)]
    [InlineData("text/event-stream, */*", true)]
    [InlineData("application/json, text/event-stream;q=0.1", false)]
    [InlineData("application/json;q=0.2, text/event-stream;q=0.9", true)]
    [InlineData("text/event-stream;q=0, application/json", false)]
    [InlineData("*/*", false)]
    public async Task Events_come_as_the_client_would_rather_have_them(string accept, bool stream)
    {
        var job = await host.TrainAsync(await host.NewConceptAsync(photos: 1), 2);
        await host.EndAsync(job);
        var answer = await AskAsync($"/jobs/{job}/events", h => h.TryAddWithoutValidation("Accept", accept));
        Assert.Equal(stream ? "text/event-stream" : "application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("Accept", answer.Headers.Vary);
        if (stream) Assert.StartsWith("retry: 1000\n\nid: 1\n", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_Last_Event_ID_is_none_and_a_stream_is_not_compressed()
    {
        var job = await host.TrainAsync(await host.NewConceptAsync(photos: 1), 2);
        await host.EndAsync(job);
        var answer = await AskAsync($"/jobs/{job}/events", h =>
        {
            h.Accept.ParseAdd("text/event-stream");
            h.TryAddWithoutValidation("Last-Event-ID", "");
            h.TryAddWithoutValidation("Accept-Encoding", "gzip, br");
        });
        Assert.Empty(answer.Content.Headers.ContentEncoding);
        Assert.Contains("\nid: 1\n", await answer.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        var odd = await AskAsync($"/jobs/{job}/events", h =>
        {
            h.Accept.ParseAdd("text/event-stream");
            h.TryAddWithoutValidation("Last-Event-ID", "-1");
        });
        await ProblemAsync(odd, HttpStatusCode.BadRequest, "invalid_last_event_id");
    }

    [Fact]
    public async Task A_limit_says_how_much_of_it_is_left()
    {
        using var client = host.ClientFor(null);
        var answer = await client.PostAsJsonAsync("/login", new { key = "nonsense" }, Stop);
        Assert.Equal("\"login\";q=60;w=60", answer.Headers.GetValues("RateLimit-Policy").Single());
        Assert.Matches("^\"login\";r=[0-9]+;t=([1-9]|[1-5][0-9]|60)$", answer.Headers.GetValues("RateLimit").Single());
        Assert.False((await host.Client.GetAsync("/jobs", Stop)).Headers.Contains("RateLimit"));
    }

    [Fact]
    public async Task A_limit_of_a_minute_is_whole_again_when_it_said_it_would_be()
    {
        var clock = new FakeTimeProvider(new(2026, 3, 1, 12, 0, 20, TimeSpan.Zero));
        using var limits = new RateLimits(clock);
        var options = new RateLimiterOptions();
        limits.Apply(options);
        var context = new DefaultHttpContext();
        context.SetEndpoint(new(null, new(new RateLimited(RateLimits.Login)), null));
        for (var i = 0; i < 60; i++) Assert.True(options.GlobalLimiter!.AttemptAcquire(context).IsAcquired);
        using var refused = options.GlobalLimiter!.AttemptAcquire(context);
        Assert.False(refused.IsAcquired);
        await options.OnRejected!(new() { HttpContext = context, Lease = refused }, Stop);
        Assert.Equal("40", context.Response.Headers.RetryAfter);

        clock.Advance(TimeSpan.FromSeconds(39));
        Assert.False(options.GlobalLimiter.AttemptAcquire(context).IsAcquired);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(options.GlobalLimiter.AttemptAcquire(context).IsAcquired);
    }

    [Fact]
    public async Task No_route_takes_a_query_parameter_that_it_does_not_know()
    {
        var document = await OkAsync(await host.Client.GetAsync("/openapi/v1.json", Stop));
        var open = host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<KnownQuery>() is null)
            .Select(route => "/" + route.RoutePattern.RawText!.Replace(":id", "", StringComparison.Ordinal).Trim('/'));
        Assert.Equal(["/healthz", "/readyz"], open.Intersect(document["paths"]!.AsObject().Select(path => path.Key)).Order());

        await ProblemAsync(await host.Client.PostAsJsonAsync("/concepts?color=red", new { name = "Cup", initWord = "cup" }, Stop),
            HttpStatusCode.BadRequest, "unknown_parameter");
        await ProblemAsync(await host.Client.DeleteAsync("/concepts/nobody?force=1", Stop), HttpStatusCode.BadRequest, "unknown_parameter");
        await ProblemAsync(await host.Client.GetAsync("/jobs/x/events?from=1", Stop), HttpStatusCode.BadRequest, "unknown_parameter");
    }

    private async Task<HttpResponseMessage> AskAsync(string path, Action<HttpRequestHeaders> with, HttpClient? client = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        with(request.Headers);
        return await (client ?? host.Client).SendAsync(request, Stop);
    }
}
