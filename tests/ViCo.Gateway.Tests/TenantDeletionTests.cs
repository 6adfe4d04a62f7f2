using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Storage;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>A tenant goes with all that is its own, and a receipt stays.</summary>
public sealed class TenantDeletionTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IBlobStore Blobs => host.Services.GetRequiredService<IBlobStore>();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_deleted_tenant_leaves_a_signed_receipt_and_nothing_else_even_when_whoever_deletes_it_is_cut_off(bool cutOff)
    {
        var id = $"to-go-{(cutOff ? "late" : "now")}";
        var made = await OkAsync(await host.Client.PostAsJsonAsync("/admin/tenants", new { id }, Stop));
        using var admin = host.ClientFor((string)made["key"]!);
        using var neighbour = host.ClientFor(await host.NewTenantAsync());
        var concept = await host.NewConceptAsync(admin, photos: 1);
        var other = await host.NewConceptAsync(neighbour, photos: 1);
        await OkAsync(await admin.PostAsJsonAsync("/webhooks", new { url = "https://gone.invalid/" }, Stop));
        await OkAsync(await admin.PatchAsJsonAsync("/settings", new { allowedOrigins = new[] { "https://gone.example" } }, Stop));
        await host.EndAsync(await host.TrainAsync(concept, 5, admin), admin);
        using (var keyed = new HttpRequestMessage(HttpMethod.Post, "/images")
            { Content = JsonContent.Create(new { concept, prompt = "*", count = 1, samplingSteps = 1 }) })
        {
            keyed.Headers.Add("Idempotency-Key", "kept-for-a-day");
            await host.EndAsync((string)(await OkAsync(await admin.SendAsync(keyed, Stop)))["id"]!, admin);
        }
        await host.TrainAsync(concept, 100_000, admin);                     // one is under way
        var photo = Assert.Single(await NamesAsync($"tenants/{id}/concepts/{concept}/photos/"));
        var digest = (await Blobs.ReadAsync(photo, Stop))!.ETag;

        var watch = Stopwatch.StartNew();
        if (cutOff)
        {
            // A gateway that ended between its note, the tenant's record and the work.
            await Blobs.WriteAsync($"tenant-deletions/{id}", ReadOnlyMemory<byte>.Empty, cancellationToken: Stop);
            Assert.NotNull(await new CurrentTenant(new(id), host.Services.GetRequiredService<IGrainFactory>()).Tenant().BeginDelete());
        }
        else
        {
            await ProblemAsync(await host.Client.DeleteAsync("/admin/tenants/default", Stop), HttpStatusCode.Conflict, "not_possible_now");
            var answer = await host.Client.DeleteAsync($"/admin/tenants/{id}", Stop);
            Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        }
        await ProblemAsync(await admin.GetAsync("/concepts", Stop), HttpStatusCode.Unauthorized, "invalid_token");
        var receipt = await ReceiptAsync(id);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));

        Assert.Equal((true, 1), ((bool)receipt["valid"]!, (int)receipt["concepts"]!));
        Assert.Contains(receipt["blobs"]!.AsArray(), blob => (string?)blob!["digest"] == digest);
        Assert.Equal(new[] { $"receipts/{id}.json", $"state/tenant/{id}.json" },
            (await NamesAsync("")).Where(name => name.Split('/', '.').Contains(id)));
        Assert.DoesNotContain("gone.example", string.Join(' ', await NamesAsync("")), StringComparison.Ordinal);
        await ProblemAsync(await host.Client.GetAsync($"/admin/tenants/{id}", Stop), HttpStatusCode.NotFound, "tenant_not_found");
        await ProblemAsync(await host.Client.PostAsJsonAsync("/admin/tenants", new { id }, Stop), HttpStatusCode.Conflict, "tenant_exists");
        await OkAsync(await neighbour.GetAsync($"/concepts/{other}", Stop));

        // Whoever changes it in the store is found out.
        var stored = JsonNode.Parse((await Blobs.ReadAsync($"receipts/{id}.json", Stop))!.Content.Span)!;
        stored["concepts"] = 0;
        await Blobs.WriteAsync($"receipts/{id}.json", System.Text.Encoding.UTF8.GetBytes(stored.ToJsonString()), cancellationToken: Stop);
        Assert.False((bool)(await ReceiptAsync(id))["valid"]!);
    }

    private async Task<JsonNode> ReceiptAsync(string tenant)
    {
        for (var tries = 0; tries < 400; tries++)
        {
            var answer = await host.Client.GetAsync($"/admin/tenants/{tenant}/receipt", Stop);
            if (answer.IsSuccessStatusCode) return await OkAsync(answer);
            await ProblemAsync(answer, HttpStatusCode.NotFound, "receipt_not_found");
            await Task.Delay(100, Stop);
        }
        throw new TimeoutException($"Tenant {tenant} was not deleted within 40 s.");
    }

    private async Task<List<string>> NamesAsync(string prefix)
    {
        List<string> names = [];
        await foreach (var blob in Blobs.ListAsync(prefix, Stop)) names.Add(blob.Name);
        return names;
    }
}
