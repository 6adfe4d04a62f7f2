using System.Net;
using System.Text.RegularExpressions;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed partial class PagesTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_studio_and_all_it_names_are_served_without_inline_script_or_foreign_source()
    {
        using var client = host.ClientFor(null);
        var answer = await client.GetAsync("/", Stop);
        var page = await answer.Content.ReadAsStringAsync(Stop);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("script-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotMatch(InlineScript(), page);
        Assert.DoesNotContain("style=", page, StringComparison.Ordinal);

        var named = Named().Matches(page).Select(match => match.Groups[1].Value).Where(path => path.Contains('.', StringComparison.Ordinal))
            .ToList();
        Assert.True(named.Count >= 6, page);
        Assert.All(named, path => Assert.StartsWith("/", path, StringComparison.Ordinal));
        foreach (var path in named) Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(path, Stop)).StatusCode);
    }

    [Fact]
    public async Task An_unchanged_file_costs_a_304()
    {
        using var client = host.ClientFor(null);
        var etag = (await client.GetAsync("/js/app.js", Stop)).Headers.ETag!;
        using var again = new HttpRequestMessage(HttpMethod.Get, "/js/app.js");
        again.Headers.IfNoneMatch.Add(etag);
        Assert.Equal(HttpStatusCode.NotModified, (await client.SendAsync(again, Stop)).StatusCode);
    }

    [Fact]
    public async Task The_api_is_described_and_readable()
    {
        using var client = host.ClientFor(null);
        var document = await OkAsync(await client.GetAsync("/openapi/v1.json", Stop));
        foreach (var path in (string[])["/concepts", "/concepts/{concept}/photos", "/concepts/{concept}/trainings", "/images",
            "/images/{image}", "/jobs/{job}/events"])
            Assert.NotNull(document["paths"]![path]);
        Assert.NotNull(document["paths"]!["/images"]!["post"]!["security"]);
        Assert.Empty(document["paths"]!["/healthz"]!["get"]!["security"]!.AsArray());
        var docs = await client.GetAsync("/docs/", Stop);
        Assert.True(docs.StatusCode is HttpStatusCode.OK, $"/docs answered {docs.StatusCode}.");
    }

    [Fact]
    public async Task Answers_are_not_kept_by_browsers_unless_they_say_so()
    {
        Assert.True((await host.Client.GetAsync("/concepts", Stop)).Headers.CacheControl!.NoStore);
        var concept = await OkAsync(await host.Client.GetAsync($"/concepts/{await host.NewConceptAsync()}", Stop));
        var photo = await host.Client.GetAsync((string)concept["photos"]![0]!["url"]!, Stop);
        Assert.True(photo.Headers.CacheControl!.Private);
        Assert.False(photo.Headers.CacheControl.NoStore);
    }

    [Fact]
    public async Task Health_needs_no_key()
    {
        using var client = host.ClientFor(null);
        Assert.Equal("ok", await client.GetStringAsync(new Uri("/healthz", UriKind.Relative), Stop));
        Assert.Equal("ready", await client.GetStringAsync(new Uri("/readyz", UriKind.Relative), Stop));
    }

    [GeneratedRegex("""<script(?![^>]*\bsrc=)|\son\w+=""")] private static partial Regex InlineScript();

    [GeneratedRegex("(?:src|href)=\"([^\"#]+)\"")] private static partial Regex Named();
}
