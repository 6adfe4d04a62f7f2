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
        await foreach (var entry in blobs.ListAsync("answers/", Stop))
        {
            if (await blobs.DeleteAsync(entry.Name, cancellationToken: Stop)) lost++;
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
        await ProblemAsync(await PostAsync(host.Client, "/concepts", new { name = "Mug", initWord = "cup" }, key),
            HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        await ProblemAsync(await PostAsync(host.Client, "/concepts", new { name = "Mug", initWord = "cup" }, "bad key"),
            HttpStatusCode.BadRequest, "invalid_idempotency_key");
    }

    [Fact]
    public async Task A_refusal_is_not_stored_so_that_it_can_be_mended()
    {
        var key = Guid.NewGuid().ToString();
        await ProblemAsync(await PostAsync(host.Client, "/concepts", new { name = "", initWord = "cup" }, key), HttpStatusCode.BadRequest,
            "invalid_field");
        await ProblemAsync(await PostAsync(host.Client, "/concepts", new { name = 7, initWord = "cup" }, key), HttpStatusCode.BadRequest,
            "invalid_json");
        await OkAsync(await PostAsync(host.Client, "/concepts", new { name = "Cup", initWord = "cup" }, key));
    }

    [Fact]
    public async Task Twenty_repeats_at_once_make_one_job()
    {
        var key = Guid.NewGuid().ToString();
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client);
        await host.EndAsync(await host.TrainAsync(concept, 5, client), client);
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => PostAsync(client, "/images", new { concept, prompt = "*", count = 1 }, key)));
        var ids = await Task.WhenAll(answers.Select(async a => (string)(await OkAsync(a))["id"]!));
        Assert.Single(ids.Distinct());
        Assert.Equal(2, (await OkAsync(await client.GetAsync("/jobs", Stop)))["jobs"]!.AsArray().Count);
    }

    [Fact]
    public async Task An_upload_is_told_by_its_photos_so_that_none_is_lost_under_a_key_of_another()
    {
        var key = Guid.NewGuid().ToString();
        var concept = await host.NewConceptAsync(photos: 1);
        var first = await OkAsync(await UploadAsync(concept, key, 2));
        var again = await UploadAsync(concept, key, 2);
        Assert.Equal("true", again.Headers.GetValues(IdempotencyKeys.Replayed).Single());
        Assert.Equal(first.ToJsonString(), (await OkAsync(again)).ToJsonString());
        await ProblemAsync(await UploadAsync(concept, key, 3), HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        await ProblemAsync(await UploadAsync(concept, key, 2, 3), HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        Assert.Equal(2, (await OkAsync(await host.Client.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_repeat_waits_for_the_first_and_takes_over_from_one_that_died()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var body = new { name = "Cup", initWord = "cup" };
        var answers = host.Services.GetRequiredService<StoredAnswers>();
        var (key, fingerprint) = (Guid.NewGuid().ToString(), await FingerprintAsync(body));
        var route = new KeyedRoute(client.DefaultRequestHeaders.Authorization!.Parameter!.Split('_')[1], "/concepts", key);
        var claim = (await answers.ClaimAsync(route, fingerprint, Stop))!;

        // Somebody is at it: another body is refused at once, the same one waits and gets the answer.
        await ProblemAsync(await PostAsync(client, "/concepts", new { name = "Mug", initWord = "cup" }, key),
            HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");
        var waiting = PostAsync(client, "/concepts", body, key);
        await Task.Delay(300, Stop);
        Assert.False(waiting.IsCompleted);
        claim = (await answers.ChangeAsync(claim,
            claim.Answer with { Status = 201, ContentType = "application/json", Body = "{\"id\":\"theirs\"}"u8.ToArray() }))!;
        Assert.Equal("theirs", (string?)(await OkAsync(await waiting))["id"]);

        // One that says nothing any more is dead, or said that it broke off: the repeat makes what it would have made.
        foreach (var open in new[] { true, false })
        {
            var left = new KeyedRoute(route.Tenant, route.Path, Guid.NewGuid().ToString());
            var dead = (await answers.ClaimAsync(left, fingerprint, Stop))!;
            if (open) dead = (await answers.ChangeAsync(dead, dead.Answer with { Open = true }))!;
            Assert.Equal(dead.Answer.Command, (string?)(await OkAsync(await PostAsync(client, "/concepts", body, left.Key)))["id"]);
        }
    }

    [Fact]
    public async Task A_job_is_found_by_its_key()
    {
        using var client = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(client, photos: 1);
        var key = Guid.NewGuid().ToString();
        var training = await OkAsync(await PostAsync(client, $"/concepts/{concept}/trainings", new { steps = 3 }, key));
        Assert.Equal((string?)training["id"],
            (string?)Assert.Single((await OkAsync(await client.GetAsync($"/jobs?key={key}", Stop)))["jobs"]!.AsArray())!["id"]);
        Assert.Empty((await OkAsync(await client.GetAsync($"/jobs?key={Guid.NewGuid()}", Stop)))["jobs"]!.AsArray());
        Assert.Empty((await OkAsync(await host.Client.GetAsync($"/jobs?key={key}", Stop)))["jobs"]!.AsArray());
        await ProblemAsync(await client.GetAsync($"/jobs?key={key}&state=failed", Stop), HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await client.GetAsync("/jobs?key=a%20b", Stop), HttpStatusCode.BadRequest, "invalid_field");
    }

    private async Task<HttpResponseMessage> UploadAsync(string concept, string key, params int[] photos)
    {
        using var form = new MultipartFormDataContent();
        foreach (var photo in photos) form.Add(Photo(Sample(photo), "image/png"), "photos", $"{photo}.png");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/concepts/{concept}/photos") { Content = form };
        request.Headers.Add(IdempotencyKeys.Header, key);
        return await host.Client.SendAsync(request, Stop);
    }

    private static async Task<string> FingerprintAsync(object body)
    {
        var context = new Microsoft.AspNetCore.Http.DefaultHttpContext();
        context.Request.ContentType = "application/json";
        context.Request.Body = new MemoryStream(await JsonContent.Create(body).ReadAsByteArrayAsync(Stop));
        return await RequestFingerprint.OfAsync(context.Request, Stop);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, object body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation(IdempotencyKeys.Header, key);
        return await client.SendAsync(request, Stop);
    }
}
