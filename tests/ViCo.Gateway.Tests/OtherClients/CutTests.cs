using System.Diagnostics;
using System.Net.Http.Json;
using ModelContextProtocol.Client;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.OtherClients;

/// <summary>Clients are cut off at random moments: the same key never draws twice, and every picture is fetched by its ticket.</summary>
public sealed class CutTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task However_a_call_is_cut_its_key_draws_once_and_its_ticket_leads_to_the_picture()
    {
        var cuts = Environment.GetEnvironmentVariable("VICO_LONG") is "1" ? 1000 : 30;
        var random = new Random(20261130);
        var concept = await host.NewConceptAsync(photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1));
        await using var mcp = await McpClient.CreateAsync(
            new HttpClientTransport(new()
            {
                Endpoint = new(host.Address, "/mcp"), AdditionalHeaders = new Dictionary<string,
                string> { ["Authorization"] = $"Bearer {host.Admin.ApiKey}" },
            }), cancellationToken: Stop);
        Func<string, CancellationToken, Task<string>>[] doors =
        [
            (key, cut) => PostAsync("/images", new { concept, prompt = "*", count = 1, samplingSteps = 10 }, key, cut),
            (key, cut) => PostAsync("/v1/images/generations", new { model = concept, prompt = "*", steps = 10 }, key, cut),
            (key, cut) => DrawByMcpAsync(mcp, concept, key, cut),
        ];

        // How long a call takes uncut: cuts come at any moment of it, before, while or after a drawing is submitted, drawn, answered.
        var took = new double[doors.Length];
        var (broken, tickets) = (0, new HashSet<string>());
        for (var i = 0; i < cuts; i++)
        {
            var door = i % doors.Length;
            for (var tries = 0; ; tries++)
            {
                var started = Stopwatch.GetTimestamp();
                using var cut = CancellationTokenSource.CreateLinkedTokenSource(Stop);
                if (took[door] > 0 && tries < 2) cut.CancelAfter(TimeSpan.FromMilliseconds(random.NextDouble() * took[door]));
                try
                {
                    Assert.True(tickets.Add(await doors[door]($"cut-{i}", cut.Token)), "A ticket came for two keys.");
                    if (tries == 0) took[door] = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
                    break;
                }
                catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
                {
                    broken++;
                }
            }
        }
        Assert.True(broken >= cuts / 4, $"Only {broken} calls were cut.");

        List<string> drawn = [];
        for (string? next = ""; next is not null;)
        {
            var page = await OkAsync(
                await host.Client.GetAsync(
                $"/jobs?concept={concept}&kind=sampling&limit=200{(next.Length == 0 ? "" : $"&cursor={Uri.EscapeDataString(next)}")}",
                Stop));
            drawn.AddRange(page["jobs"]!.AsArray().Select(j => (string)j!["id"]!));
            next = (string?)page["next"];
        }
        Assert.Equal(cuts, drawn.Count);                                    // none for a key that was cut in between, none twice
        Assert.Equal(tickets.Order(), drawn.Order());
        foreach (var ticket in tickets)
        {
            var image = Assert.Single((await host.EndAsync(ticket))["images"]!.AsArray());
            Assert.NotEmpty(await host.Client.GetByteArrayAsync($"/images/{image}", Stop));
        }
    }

    /// <summary>The job's id: from its address in the headers.</summary>
    private async Task<string> PostAsync(string path, object body, string key, CancellationToken cut)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await host.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cut);
        Assert.True(answer.IsSuccessStatusCode,
            $"{path} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(Stop)}");
        var location = answer.Headers.Location!.ToString();
        await answer.Content.ReadAsByteArrayAsync(cut);
        return location[(location.LastIndexOf('/') + 1)..];
    }

    private static async Task<string> DrawByMcpAsync(McpClient client, string concept, string key, CancellationToken cut)
    {
        var answer = await client.CallToolAsync(
            "draw", new Dictionary<string,
            object?> { ["concept"] = concept, ["prompt"] = "*", ["options"] = new { samplingSteps = 10 }, ["key"] = key },
            cancellationToken: cut);
        return answer.StructuredContent!.Value.GetProperty("ticket").GetString()!;
    }
}
