using System.Net;
using System.Net.Http.Json;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>The fleet as its operators see it, and what its state means for users.</summary>
public sealed class SilosTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_job_says_that_it_waits_for_a_worker_while_the_only_silo_is_cordoned()
    {
        await using var host = new GatewayHost();
        await host.InitializeAsync();
        var silo = await SiloAsync(host);
        Assert.Equal("active", (string)silo["state"]!);
        Assert.Equal("rehearsal", (string)silo["devices"]![0]!["baseModel"]!);
        var name = (string)silo["name"]!;

        var cordoned = await OkAsync(await host.Client.PostAsync($"/admin/silos/{name}/cordon", null, Stop));
        Assert.Equal(("cordoned", true), ((string)cordoned["state"]!, (bool)cordoned["removable"]!));
        Assert.Equal([name], (await OkAsync(await host.Client.GetAsync("/admin/scaling", Stop)))["removable"]!.AsArray()
            .Select(n => (string)n!));

        var concept = await host.NewConceptAsync();
        var job = await host.TrainAsync(concept, 3);
        var why = await OkAsync(await host.Client.GetAsync($"/jobs/{job}/explain", Stop));
        Assert.Equal(("queued", 0, 0), ((string)why["state"]!, (int)why["ahead"]!, (int)why["devices"]!));
        Assert.Contains("No worker", (string)why["reason"]!, StringComparison.Ordinal);
        var metrics = await host.Client.GetStringAsync("/metrics", Stop);
        Assert.Contains("\nvico_queue_waiting{kind=\"training\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("\nvico_fleet_silos{state=\"cordoned\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("default", metrics, StringComparison.Ordinal);       // no label names a tenant

        await OkAsync(await host.Client.PostAsync($"/admin/silos/{name}/uncordon", null, Stop));
        Assert.Equal("succeeded", (string)(await host.EndAsync(job))["state"]!);
        why = await OkAsync(await host.Client.GetAsync($"/jobs/{job}/explain", Stop));
        Assert.Null(why["ahead"]);
        await ProblemAsync(await host.Client.DeleteAsync($"/admin/silos/{name}", Stop), HttpStatusCode.Conflict, "not_possible_now");
        await ProblemAsync(await host.Client.PostAsync("/admin/silos/never-was/drain", null, Stop), HttpStatusCode.NotFound,
            "silo_not_found");

        using var admin = host.ClientFor(await host.NewTenantAsync(KeyRole.Admin));
        foreach (var path in new[] { "/admin/silos", "/admin/scaling", "/metrics" })
            await ProblemAsync(await admin.GetAsync(path, Stop), HttpStatusCode.Forbidden, "forbidden");
        await ProblemAsync(await admin.PostAsync($"/admin/silos/{name}/drain", null, Stop), HttpStatusCode.Forbidden, "forbidden");
        using var scrapes = host.ClientFor((string)(await OkAsync(await host.Client.PostAsJsonAsync("/admin/keys",
            new { name = "prometheus", scopes = new[] { "metrics:read" } }, Stop)))["key"]!);
        Assert.Contains("vico_leases_granted_total 1\n", await scrapes.GetStringAsync("/metrics", Stop), StringComparison.Ordinal);
        await ProblemAsync(await scrapes.GetAsync("/admin/silos", Stop), HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task What_was_cancelled_is_tried_again_as_a_new_job()
    {
        await using var host = new GatewayHost();
        await host.InitializeAsync();
        var name = (string)(await SiloAsync(host))["name"]!;
        var concept = await host.NewConceptAsync();
        await host.EndAsync(await host.TrainAsync(concept, 3));
        await OkAsync(await host.Client.PostAsync($"/admin/silos/{name}/cordon", null, Stop));
        var training = await host.TrainAsync(concept, 4);
        var drawing = (string)(await OkAsync(await host.Client.PostAsJsonAsync("/images",
            new { concept, prompt = "a * at dusk", count = 2, samplingSteps = 2, user = "ann" }, Stop)))["id"]!;
        foreach (var job in new[] { training, drawing })
        {
            await ProblemAsync(await host.Client.PostAsync($"/jobs/{job}/retry", null, Stop), HttpStatusCode.Conflict, "not_possible_now");
            await OkAsync(await host.Client.PostAsync($"/jobs/{job}/cancel", null, Stop));
        }
        await OkAsync(await host.Client.PostAsync($"/admin/silos/{name}/uncordon", null, Stop));

        var again = await OkAsync(await host.Client.PostAsync($"/jobs/{training}/retry", null, Stop));
        Assert.NotEqual(training, (string)again["id"]!);
        Assert.Equal(("succeeded", 4), Ended(await host.EndAsync((string)again["id"]!)));
        var drawn = await host.EndAsync((string)(await OkAsync(await host.Client.PostAsync($"/jobs/{drawing}/retry", null, Stop)))["id"]!);
        Assert.Equal(("succeeded", "a * at dusk", "ann", 2), ((string)drawn["state"]!, (string)drawn["prompt"]!, (string)drawn["user"]!,
            drawn["images"]!.AsArray().Count));

        static (string, int) Ended(System.Text.Json.Nodes.JsonNode job) => ((string)job["state"]!, (int)job["step"]!);
    }

    /// <summary>The host's only silo, once its worker has asked for work.</summary>
    private static async Task<System.Text.Json.Nodes.JsonNode> SiloAsync(GatewayHost host)
    {
        for (var tries = 0; tries < 600; tries++)
        {
            var silos = (await OkAsync(await host.Client.GetAsync("/admin/silos", Stop)))["silos"]!.AsArray();
            if (silos.Count > 0) return silos[0]!;
            await Task.Delay(50, Stop);
        }
        throw new TimeoutException("No worker came within 30 s.");
    }
}
