using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>A gateway that is asked to stop while somebody waits for it.</summary>
public sealed class DrainingTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_still_waits_after_a_few_seconds_is_cut_off()
    {
        await using var second = await SecondGateway.StartAsync(host);
        using var client = new HttpClient { BaseAddress = second.Address };
        client.DefaultRequestHeaders.Authorization = host.Client.DefaultRequestHeaders.Authorization;
        client.DefaultRequestHeaders.Add("Prefer", "wait=60");
        var concept = await host.NewConceptAsync(photos: 1);
        var waiting = client.PostAsJsonAsync($"/concepts/{concept}/trainings", new { steps = 100_000 }, Stop);
        var job = await FirstJobAsync(concept);
        try
        {
            var watch = Stopwatch.StartNew();
            await second.StopAsync();
            Assert.InRange(watch.Elapsed, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(8));
            await Assert.ThrowsAsync<HttpRequestException>(() => waiting);
        }
        finally
        {
            await OkAsync(await host.Client.PostAsync(new Uri($"/jobs/{job}/cancel", UriKind.Relative), null, Stop));
        }
    }

    private async Task<string> FirstJobAsync(string concept)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            var list = await OkAsync(await host.Client.GetAsync(new Uri($"/jobs?concept={concept}", UriKind.Relative), Stop));
            if (list["jobs"]!.AsArray() is [JsonNode job]) return (string)job["id"]!;
            await Task.Delay(50, Stop);
        }
        throw new TimeoutException("The training was not submitted within 30 s.");
    }
}
