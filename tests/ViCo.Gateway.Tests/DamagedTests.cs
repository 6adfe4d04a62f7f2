using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Grains.Indexes;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>What is damaged in the store costs itself and nothing else, and is named.</summary>
public sealed class DamagedTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_damaged_record_is_named_in_lists_and_costs_no_other()
    {
        var key = await host.NewTenantAsync();
        var tenant = new TenantId(key.Split('_')[1]);
        using var client = host.ClientFor(key);
        var good = await host.NewConceptAsync(client, photos: 1);
        var index = host.Services.GetRequiredService<IGrainFactory>();
        using (TenantScope.EnterSystem())
        {
            await index.GetGrain<IIndexGrain>(IndexKeys.Concepts(tenant)).Put(new(DateTimeOffset.UnixEpoch, "cut"));
            await index.GetGrain<IIndexGrain>(IndexKeys.Jobs(tenant)).Put(new(DateTimeOffset.UnixEpoch, "cut", good, "sampling"));
        }
        foreach (var kind in new[] { "concept", "job" })
            await WriteAsync($"state/{kind}/{tenant}/cut.json", "{\"revision\":3,\"wri"u8.ToArray());

        var concepts = await GetAsync(client, "/concepts");
        Assert.Equal([good], concepts["concepts"]!.AsArray().Select(c => (string)c!["id"]!));
        Names(concepts, $"state/concept/{tenant}/cut.json");
        Names(await GetAsync(client, "/jobs"), $"state/job/{tenant}/cut.json");
        Names(await GetAsync(client, "/images"), $"state/job/{tenant}/cut.json");
        foreach (var (path, kind) in new[] { ("/concepts/cut", "concept"), ("/jobs/cut", "job"), ("/jobs/cut/events", "job") })
        {
            var answer = await client.GetAsync(new Uri(path, UriKind.Relative), Stop);
            var problem = await ProblemAsync(answer, HttpStatusCode.InternalServerError, "damaged");
            Assert.Contains($"state/{kind}/{tenant}/cut.json", (string)problem["detail"]!, StringComparison.Ordinal);
            Assert.Null(answer.Headers.RetryAfter);
        }
        // Whoever mends it need not restart anything.
        File.Delete(Path.Combine(host.Blobs, "state", "concept", tenant.Value, "cut.json"));
        await ProblemAsync(await client.GetAsync(new Uri("/concepts/cut", UriKind.Relative), Stop), HttpStatusCode.NotFound,
            "concept_not_found");

        void Names(JsonNode list, string blob)
        {
            var damaged = Assert.Single(list["damaged"]!.AsArray())!;
            Assert.Equal(("cut", "damaged"), ((string)damaged["id"]!, (string)damaged["code"]!));
            Assert.Contains(blob, (string)damaged["detail"]!, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Of_what_a_bit_flipped_in_nothing_is_served_and_nothing_computed()
    {
        var concept = await host.NewConceptAsync(photos: 2);
        await host.EndAsync(await host.TrainAsync(concept, 3));
        var drawn = await DrawAsync(concept);
        var picture = (string)drawn["images"]![0]!;
        var view = await GetAsync(host.Client, $"/concepts/{concept}");
        var (photo, checkpoint) = ((string)view["photos"]![0]!["url"]!, (string)view["checkpoints"]![0]!["url"]!);
        var folder = $"tenants/default/concepts/{concept}";

        foreach (var (path, part) in new[]
        {
            ($"/images/{picture}", "/images/0000.png"), ($"/images/{picture}?w=96", "/images/0000.png"),
            (photo, $"{photo.Split('/')[^1]}.png"), (checkpoint, ".safetensors"),
        })
        {
            var blob = await FlipAsync(folder, part);
            var problem = await ProblemAsync(await host.Client.GetAsync(new Uri(path, UriKind.Relative), Stop),
                HttpStatusCode.InternalServerError, "damaged");
            Assert.Contains(blob, (string)problem["detail"]!, StringComparison.Ordinal);
            if (part != ".safetensors") await FlipAsync(folder, part);
        }
        var failed = await DrawAsync(concept);
        Assert.Equal(("failed", 1), ((string)failed["state"]!, (int)failed["attempt"]!));
        Assert.Contains(".safetensors' is damaged", (string)failed["error"]!, StringComparison.Ordinal);
        await FlipAsync(folder, ".safetensors");
        Assert.Equal("succeeded", (string)(await DrawAsync(concept))["state"]!);
    }

    private async Task<JsonNode> DrawAsync(string concept) => await host.EndAsync((string)(await OkAsync(
        await host.Client.PostAsJsonAsync("/images", new { concept, prompt = "a *", count = 1, samplingSteps = 2 }, Stop)))["id"]!);

    private static async Task<JsonNode> GetAsync(HttpClient client, string path) =>
        await OkAsync(await client.GetAsync(new Uri(path, UriKind.Relative), Stop));

    /// <summary>Flips one bit; again, it is as before.</summary>
    private async Task<string> FlipAsync(string folder, string ending)
    {
        var file = Directory.EnumerateFiles(Path.Combine(host.Blobs, folder), "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal).First(f => f.EndsWith(ending, StringComparison.Ordinal));
        var content = await File.ReadAllBytesAsync(file, Stop);
        content[^30] ^= 8;
        await File.WriteAllBytesAsync(file, content, Stop);
        return Path.GetRelativePath(host.Blobs, file).Replace('\\', '/');
    }

    private async Task WriteAsync(string blob, byte[] content)
    {
        var file = Path.Combine(host.Blobs, blob);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllBytesAsync(file, content, Stop);
    }
}
