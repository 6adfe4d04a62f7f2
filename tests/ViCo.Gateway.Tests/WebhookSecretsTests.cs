using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Tests.OtherClients;
using ViCo.Grains.Storage;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Secrets of webhooks: replaced without a gap, and kept nowhere but where they sign.</summary>
public sealed class WebhookSecretsTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_a_secret_is_replaced_both_sign_and_the_reference_implementation_takes_either()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var key = await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin);
        using var client = host.ClientFor(key);
        var hook = await OkAsync(
            await client.PostAsJsonAsync("/webhooks", new { url = receiver.Url("/"), events = new[] { "job.succeeded" } }, Stop));
        var (path, first) = ($"/webhooks/{hook["id"]}/secret", (string)hook["secret"]!);
        var second = await SecretAsync(await PostAsync(client, path, new { }, "turn"));
        Assert.NotEqual(first, second);
        Assert.Equal(second, await SecretAsync(await PostAsync(client, path, new { }, "turn")));

        var concept = await host.NewConceptAsync(client, photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 3, client), client);
        await receiver.UntilAsync(all => all.Count > 0);
        var message = receiver.All[0];
        foreach (var secret in new[] { first, second })
        {
            Assert.True(message.IsSignedWith(secret));
            var seen = await NodeScript.RunAsync("webhook.js", host.Address, key, secret, message.Id, message.Time, message.Signature,
                message.Text);
            Assert.Equal((true, false), ((bool)seen["sent"]!, (bool)seen["changed"]!));
        }

        var third = await SecretAsync(await client.PostAsJsonAsync(path, new { overlap = 0 }, Stop));
        await host.EndAsync(await host.TrainAsync(concept, 3, client), client);
        await receiver.UntilAsync(all => all.Count > 1);
        Assert.True(receiver.All[1].IsSignedWith(third));
        Assert.DoesNotContain(' ', receiver.All[1].Signature);

        foreach (var overlap in new[] { -1, 604_801 })
            await ProblemAsync(await client.PostAsJsonAsync(path, new { overlap }, Stop), HttpStatusCode.BadRequest, "invalid_field");
        await ProblemAsync(await client.PostAsJsonAsync("/webhooks/nobody/secret", new { }, Stop), HttpStatusCode.NotFound,
            "webhook_not_found");
        Assert.DoesNotContain("secret", (await OkAsync(await client.GetAsync($"/webhooks/{hook["id"]}", Stop))).ToJsonString(),
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task The_secret_of_single_jobs_is_replaced_alike()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var first = await SecretAsync(await client.GetAsync("/webhooks/secret", Stop));
        var second = await SecretAsync(await client.PostAsJsonAsync("/webhooks/job/secret", new { overlap = 60 }, Stop));
        Assert.Equal(second, await SecretAsync(await client.GetAsync("/webhooks/secret", Stop)));

        var concept = await host.NewConceptAsync(client, photos: 1);
        var training = new { steps = 2, webhook = receiver.Url("/own") };
        await OkAsync(await client.PostAsJsonAsync($"/concepts/{concept}/trainings", training, Stop));
        await receiver.UntilAsync(all => all.Count > 0);
        Assert.True(receiver.All[0].IsSignedWith(first) && receiver.All[0].IsSignedWith(second));
    }

    [Fact]
    public async Task A_secret_lies_in_no_stored_answer_and_a_repeat_under_the_same_key_finds_it()
    {
        using var client = host.ClientFor(await host.NewTenantAsync(Grains.Tenants.KeyRole.Admin));
        var (key, body) = (Guid.NewGuid().ToString(), new { url = "https://example.org/vico" });
        var hook = await OkAsync(await PostAsync(client, "/webhooks", body, key));
        Assert.Equal(hook.ToJsonString(), (await OkAsync(await PostAsync(client, "/webhooks", body, key))).ToJsonString());
        Assert.Single((await OkAsync(await client.GetAsync("/webhooks", Stop)))["webhooks"]!.AsArray());
        await ProblemAsync(await PostAsync(client, "/webhooks", new { url = "https://example.org/other" }, key),
            HttpStatusCode.UnprocessableEntity, "idempotency_key_reused");

        var secret = await SecretAsync(await PostAsync(client, $"/webhooks/{hook["id"]}/secret", new { }, Guid.NewGuid().ToString()));
        var blobs = host.Services.GetRequiredService<IBlobStore>();
        await foreach (var entry in blobs.ListAsync("answers/", Stop))
        {
            var stored = await blobs.ReadAsync(entry.Name, Stop) is { } blob ? JsonNode.Parse(blob.Content.Span)! : new JsonObject();
            var answer = Encoding.UTF8.GetString(Convert.FromBase64String((string?)stored["body"] ?? ""));
            Assert.DoesNotContain((string)hook["secret"]!, answer, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, answer, StringComparison.Ordinal);
        }
    }

    private static async Task<string> SecretAsync(HttpResponseMessage answer) => (string)(await OkAsync(answer))["secret"]!;

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, object body, string key)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Add(IdempotencyKeys.Header, key);
        return await client.SendAsync(request, Stop);
    }
}
