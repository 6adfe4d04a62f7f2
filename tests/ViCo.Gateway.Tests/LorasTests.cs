using System.Net;
using System.Net.Http.Json;
using ViCo.Engine;
using ViCo.Engine.Rehearsal;
using ViCo.Options;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Low-rank pairs of further concepts in a drawing.</summary>
public sealed class LorasTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_drawing_with_the_pairs_of_others_is_what_the_engine_draws_with_their_checkpoints_and_weights_and_again_so()
    {
        var (concept, first, second) = (await TrainedAsync(), await TrainedAsync(), await TrainedAsync());
        var answer = await OkAsync(await PostAsync(concept, first, $"{second}:-0.5"));
        var job = await host.EndAsync((string)answer["id"]!);
        Assert.Equal([first, $"{second}:-0.5"], job["sampling"]!["loras"]!.AsArray().Select(l => (string)l!));
        var picture = (string)job["images"]![0]!;
        await using var engine = new RehearsalEngine();
        var photo = (await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]![0]!;
        var request = new GenerationRequest(
            await CheckpointAsync(concept), [new((string)photo["name"]!, await host.Client.GetByteArrayAsync((string)photo["url"]!, Stop))],
            "a *", [3])
        {
            Options = OptionValues.None.With(SamplingOption.SamplingSteps, 2),
            Loras = [new(await CheckpointAsync(first)), new(await CheckpointAsync(second), -0.5)],
        };
        var expected = Assert.Single(await engine.GenerateAsync(request, new Silence(), Stop));
        Assert.Equal(expected.Png.ToArray(), await host.Client.GetByteArrayAsync($"/images/{picture}", Stop));

        // Drawn again it has the same pairs.
        var rerun = await OkAsync(await host.Client.PostAsync($"/images/{picture}/rerun", null, Stop));
        var again = await host.EndAsync((string)rerun["id"]!);
        Assert.True((bool)again["rerun"]!["same"]!);
        Assert.Equal(expected.Png.ToArray(), await host.Client.GetByteArrayAsync($"/images/{again["images"]![0]}", Stop));
    }

    [Fact]
    public async Task What_is_no_concept_of_the_caller_or_no_weight_is_refused_by_name()
    {
        var concept = await TrainedAsync();
        var strangers = host.ClientFor(await host.NewTenantAsync());
        var theirs = await host.NewConceptAsync(strangers);
        foreach (var missing in new[] { "nobody", theirs })
        {
            var problem = await ProblemAsync(await PostAsync(concept, missing), HttpStatusCode.NotFound, "concept_not_found");
            Assert.Contains(missing, (string)problem["detail"]!, StringComparison.Ordinal);
        }
        foreach (var odd in new[] { $"{concept}:heavy", $"{concept}:11", "" })
            await ProblemAsync(await PostAsync(concept, odd), HttpStatusCode.BadRequest, "invalid_field");
    }

    private Task<HttpResponseMessage> PostAsync(string concept, params string[] loras) => host.Client.PostAsJsonAsync(
        "/images", new { concept, prompt = "a *", loras, count = 1, seed = 3, samplingSteps = 2 }, Stop);

    private async Task<string> TrainedAsync()
    {
        var concept = await host.NewConceptAsync();
        await host.EndAsync(await host.TrainAsync(concept, 3));
        return concept;
    }

    private async Task<StoredFile> CheckpointAsync(string concept)
    {
        var bytes = await host.Client.GetByteArrayAsync($"/concepts/{concept}/checkpoints/3", Stop);
        return new(concept, () => new MemoryStream(bytes, writable: false));
    }

    private sealed class Silence : IGenerationObserver
    {
        public void OnStep(int step, int steps)
        {
        }
    }
}
