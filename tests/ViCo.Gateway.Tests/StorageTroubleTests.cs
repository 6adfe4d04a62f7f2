using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>A store that is away is said to be, and all goes on when it is back.</summary>
public sealed class StorageTroubleTests : IAsyncLifetime
{
    private readonly GatewayHost _host = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.InitializeAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task While_the_store_is_away_writes_are_503_with_a_time_and_nobody_says_ready()
    {
        var concept = await _host.NewConceptAsync(photos: 1);
        Assert.Equal("ready", await _host.Client.GetStringAsync(new Uri("/readyz", UriKind.Relative), Stop));
        var away = $"{_host.Blobs}-away";
        Directory.Move(_host.Blobs, away);
        try
        {
            var ready = await _host.Client.GetAsync(new Uri("/readyz", UriKind.Relative), Stop);
            await ProblemAsync(ready, HttpStatusCode.ServiceUnavailable, "not_ready");
            foreach (var answer in new[]
            {
                await _host.Client.PatchAsJsonAsync($"/concepts/{concept}", new { name = "Other" }, Stop),
                await _host.Client.PostAsJsonAsync("/concepts", new { name = "New", initWord = "cup" }, Stop),
                await _host.Client.GetAsync(new Uri("/jobs/never-looked-at", UriKind.Relative), Stop),
            })
            {
                Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
                Assert.NotNull(answer.Headers.RetryAfter);
                var code = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Stop))!["code"]!;
                // What cannot even be brought into memory is known to be unavailable, and not why.
                Assert.Contains(code, new[] { "unavailable", "storage_unavailable" });
            }
        }
        finally
        {
            if (Directory.Exists(_host.Blobs)) Directory.Delete(_host.Blobs, recursive: true);
            Directory.Move(away, _host.Blobs);
        }
        await OkAsync(await _host.Client.PatchAsJsonAsync($"/concepts/{concept}", new { name = "Other" }, Stop));
        Assert.Equal("ready", await _host.Client.GetStringAsync(new Uri("/readyz", UriKind.Relative), Stop));
    }
}
