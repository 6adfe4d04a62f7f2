using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Idempotency;
using ViCo.Grains.Storage;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class IdempotencyTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_key_twice_makes_one_concept_and_replays_the_answer()
    {
        var key = Guid.NewGuid().ToString();
        using var client = host.ClientFor(await host.NewTenantAsync());
        var first = await PostAsync(client, "/concepts", new { name = "Cup", initWord = "cup" }, key);
        var second = await PostAsync(client, "/concepts", new { name = "Cup", initWord = "cup" }, key);

        Assert.Equal(HttpStatusCode.Created, second.StatusCode);
        Assert.Equal(first.Headers.Location, second.Headers.Location);
        Assert.Equal(await first.Content.ReadAsStringAsync(Stop), await second.Content.ReadAsStringAsync(Stop));
        Assert.Equal("true", second.Headers.GetValues(IdempotencyKeys.Replayed).Single());
        Assert.False(first.Headers.Contains(IdempotencyKeys.Replayed));
        Assert.Single((await OkAsync(await client.GetAsync("/concepts", Stop)))["concepts"]!.AsArray());
    }

    [Fact]
    public async Task A_repeat_makes_nothing_new_even_when_the_stored_answer_was_lost()
    {
        var key = Guid.NewGuid().ToString();
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client);
        var first = await OkAsync(await PostAsync(client, $"/concepts/{concept}/trainings", new { steps = 10 }, key));

        var blobs = host.Services.GetRequiredService<IBlobStore>();
        var lost = 0;
        await foreach (var entry in blobs.ListAsync("tenants/", Stop))
        {
            if (entry.Name.Contains("/answers/", StringComparison.Ordinal) && await blobs.DeleteAsync(entry.Name, cancellationToken: Stop)) lost++;
        }
        Assert.True(lost > 0);

        var second = await OkAsync(await PostAsync(client, $"/concepts/{concept}/trainings", new { steps = 10 }, key));
        Assert.Equal((string?)first["id"], (string?)second["id"]);
        Assert.Single((await OkAsync(await client.GetAsync("/jobs", Stop)))["jobs"]!.AsArray());
    }

    [Fact]
    public async Task A_key_with_another_body_is_refused()
    {
        var key = Guid.NewGuid().ToString();
        await OkAsync(await PostAsync(host.Client, "/concepts", new { name = "Cup", initWord = "cup" }, key));
        await ProblemAsync(await PostAsync(host.Client, "/concepts", new { name = "Mug", initWord = "cup" }, key), HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        await ProblemAsync(await PostAsync(host.Client, "/concepts", new { name = "Mug", initWord = "cup" }, "bad key"), HttpStatusCode.BadRequest, "invalid_idempotency_key");
    }

    [Fact]
    public async Task A_refusal_is_not_stored_so_that_it_can_be_mended()
    {
        var key = Guid.NewGuid().ToString();
        await ProblemAsync(await PostAsync(host.Client, "/concepts", new { name = "", initWord = "cup" }, key), HttpStatusCode.BadRequest, "invalid_field");
        await OkAsync(await PostAsync(host.Client, "/concepts", new { name = "Cup", initWord = "cup" }, key));
    }

    [Fact]
    public async Task Twenty_repeats_at_once_make_one_job()
    {
        var key = Guid.NewGuid().ToString();
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client);
        await host.EndAsync(await host.TrainAsync(concept, 5, client), client);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => PostAsync(client, "/images", new { concept, prompt = "*", count = 1 }, key)));
        var ids = await Task.WhenAll(answers.Select(async a => (string)(await OkAsync(a))["id"]!));
        Assert.Single(ids.Distinct());
        Assert.Equal(2, (await OkAsync(await client.GetAsync("/jobs", Stop)))["jobs"]!.AsArray().Count);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, object body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation(IdempotencyKeys.Header, key);
        return await client.SendAsync(request, Stop);
    }
}
