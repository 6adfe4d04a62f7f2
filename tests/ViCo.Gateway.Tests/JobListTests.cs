using System.Net.Http.Json;
using System.Text.Json.Nodes;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Lists of jobs.</summary>
public sealed class JobListTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_is_told_in_a_list_as_it_is_alone_also_when_a_picture_of_it_is_deleted()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client);
        await host.EndAsync(await host.TrainAsync(concept, 2, client), client);
        var asked = await OkAsync(await client.PostAsJsonAsync(
            "/images", new { concept, prompt = "a “*” <b>", count = 2, samplingSteps = 1 }, Stop));
        var drawn = await host.EndAsync((string)asked["id"]!, client);

        foreach (var deleted in new[] { false, true })
        {
            if (deleted) await OkAsync(await client.DeleteAsync(new Uri($"/images/{drawn["images"]![1]}", UriKind.Relative), Stop));
            for (var time = 0; time < 2; time++)
            {
                var list = await OkAsync(await client.GetAsync(new Uri("/jobs", UriKind.Relative), Stop));
                Assert.Equal(["jobs", "next", "damaged"], list.AsObject().Select(member => member.Key));
                Assert.Equal(2, list["jobs"]!.AsArray().Count);
                foreach (var job in list["jobs"]!.AsArray())
                {
                    var alone = await OkAsync(await client.GetAsync(new Uri($"/jobs/{job!["id"]}", UriKind.Relative), Stop));
                    Assert.True(JsonNode.DeepEquals(alone, job), $"{alone}\n{job}");
                }
                Assert.Equal(deleted ? 1 : 2, list["jobs"]![0]!["images"]!.AsArray().Count);
            }
        }
    }
}
