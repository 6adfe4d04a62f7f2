using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>What a tenant may use, what it used, and that both are told as they are.</summary>
public sealed class QuotaTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Jobs_are_let_in_as_far_as_the_quotas_go_by_whichever_door_they_come()
    {
        var (admin, tenant) = await NewAsync();
        var concept = await host.NewConceptAsync(admin, photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 1, admin), admin);
        await SetAsync(tenant, new { openJobs = 2, openJobsPerUser = 1, largestJob = 1e10 });

        // A long training of another concept keeps its place.
        var other = await host.NewConceptAsync(admin, photos: 1);
        var open = (string)(await OkAsync(await TrainAsync(admin, other, new { steps = 90_000, user = "ann" })))["id"]!;
        var ofAnn = await RefusedAsync(await TrainAsync(admin, concept, new { steps = 1, user = "ann" }), 429, "openJobsPerUser");
        Assert.Equal((1.0, 1.0, "ann"), ((double)ofAnn["used"]!, (double)ofAnn["most"]!, (string?)ofAnn["user"]));
        var second = (string)(await OkAsync(await TrainAsync(admin, concept, new { steps = 90_000 })))["id"]!;
        await RefusedAsync(await admin.PostAsJsonAsync("/images", new { concept, prompt = "*", user = "bob" }, Stop), 429, "openJobs");
        var openAi = await admin.PostAsJsonAsync("/v1/images/generations", new { model = concept, prompt = "*" }, Stop);
        Assert.Equal(HttpStatusCode.TooManyRequests, openAi.StatusCode);
        using var tool = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = JsonContent.Create(new
        {
            jsonrpc = "2.0", id = 1, method = "tools/call", @params = new { name = "draw", arguments = new { concept, prompt = "*" } },
        }) };
        tool.Headers.Accept.ParseAdd("application/json, text/event-stream");
        var told = await (await admin.SendAsync(tool, Stop)).Content.ReadAsStringAsync(Stop);
        Assert.Contains("quota_exceeded", told, StringComparison.Ordinal);

        foreach (var job in new[] { open, second }) await OkAsync(await admin.PostAsync($"/jobs/{job}/cancel", null, Stop));
        await host.EndAsync(await host.TrainAsync(concept, 1, admin), admin);
        var large = await RefusedAsync(await TrainAsync(admin, concept, new { steps = 100_000, batchSize = 64 }), 413, "largestJob");
        Assert.True((double)large["used"]! > (double)large["most"]!);
        Assert.Equal(0, (int)(await OkAsync(await admin.GetAsync("/usage", Stop)))["quota"]!["openJobs"]!);
    }

    [Fact]
    public async Task Device_time_and_storage_end_at_their_quotas_and_are_told_with_the_time_when_there_is_room_again()
    {
        var (admin, tenant) = await NewAsync();
        var concept = await host.NewConceptAsync(admin, photos: 1);
        await host.EndAsync(await host.TrainAsync(concept, 20, admin), admin);
        await SetAsync(tenant, new { gpuSecondsPerDay = 0.001 });
        var answer = await TrainAsync(admin, concept, new { steps = 1 });
        var problem = await RefusedAsync(answer, 429, "gpuSecondsPerDay");
        Assert.True((double)problem["used"]! >= 0.001);
        var until = DateTimeOffset.Parse((string)problem["until"]!, CultureInfo.InvariantCulture);
        Assert.Equal(TimeSpan.Zero, until.UtcDateTime.TimeOfDay);
        Assert.InRange((until - TimeProvider.System.GetUtcNow() - answer.Headers.RetryAfter!.Delta!.Value).TotalSeconds, -10, 10);

        await SetAsync(tenant, new { photos = 2 });                         // in place of all that were set before
        await OkAsync(await UploadAsync(admin, concept, 2));
        await RefusedAsync(await UploadAsync(admin, concept, 3), 413, "photos");
        await OkAsync(await UploadAsync(admin, concept, 2));                // it is there
        Assert.Equal(2, (await OkAsync(await admin.GetAsync($"/concepts/{concept}", Stop)))["photos"]!.AsArray().Count);
        await SetAsync(tenant, new { storedBytes = 1000 });
        await RefusedAsync(await UploadAsync(admin, concept, 3), 413, "storedBytes");
        await RefusedAsync(await TrainAsync(admin, concept, new { steps = 1 }), 413, "storedBytes");
        var told = await OkAsync(await host.Client.GetAsync($"/admin/tenants/{tenant}", Stop));
        Assert.Equal(1000, (long)told["quotas"]!["storedBytes"]!);
        await ProblemAsync(await host.Client.PatchAsJsonAsync($"/admin/tenants/{tenant}", new { quotas = new { photos = -1 } }, Stop),
            HttpStatusCode.BadRequest, "invalid_field");
    }

    [Fact]
    public async Task More_requests_than_a_tenant_has_a_second_are_refused_and_another_tenants_are_not()
    {
        var (admin, tenant) = await NewAsync();
        await SetAsync(tenant, new { requestsPerSecond = 2 });
        var refused = 0;
        for (var i = 0; i < 40; i++)
        {
            var answer = await admin.GetAsync("/session", Stop);
            if (answer.StatusCode != HttpStatusCode.TooManyRequests) continue;
            var problem = await RefusedAsync(answer, 429, "requestsPerSecond");
            Assert.NotNull(problem["until"]);
            refused++;
            await OkAsync(await host.Client.GetAsync("/session", Stop));
        }
        Assert.InRange(refused, 10, 30);                                    // ten seconds' worth comes at once
    }

    [Fact]
    public async Task What_is_told_as_used_is_what_the_jobs_used_deleted_ones_too()
    {
        var (admin, _) = await NewAsync();
        var (kept, goes) = (await host.NewConceptAsync(admin, photos: 1), await host.NewConceptAsync(admin, photos: 1));
        List<JsonNode> jobs = [];
        foreach (var (concept, user) in new[] { (kept, "ann"), (kept, (string?)null), (goes, "b,ob") })
        {
            object body = user is null ? new { steps = 5 } : new { steps = 5, user };
            var job = (string)(await OkAsync(await TrainAsync(admin, concept, body)))["id"]!;
            jobs.Add(await host.EndAsync(job, admin));
        }
        jobs.Add(await host.EndAsync((string)(await OkAsync(await admin.PostAsJsonAsync("/images",
            new { concept = kept, prompt = "*", count = 2, samplingSteps = 2, user = "ann" }, Stop)))["id"]!, admin));
        Dictionary<string, double> own = jobs.SelectMany(job => job["uses"]!.AsArray().Select(use => (
                Row: $"{use!["day"]} {job["conceptId"]} {job["user"]} {job["kind"]} {use["device"]}", Seconds: (double)use["seconds"]!)))
            .GroupBy(use => use.Row).ToDictionary(group => group.Key, group => group.Sum(use => use.Seconds));
        Assert.Equal(4, own.Count);
        Assert.All(own.Values, seconds => Assert.InRange(seconds, 0.001, 30));

        async Task<Dictionary<string, double>> ToldAsync(string query = "") =>
            (await OkAsync(await admin.GetAsync($"/usage{query}", Stop)))["rows"]!.AsArray().ToDictionary(
                row => $"{row!["day"]} {row["concept"]} {row["user"]} {row["kind"]} {row["device"]}", row => (double)row!["gpuSeconds"]!);
        Same(own, await ToldAsync());
        await OkAsync(await admin.DeleteAsync($"/concepts/{goes}", Stop));
        Same(own, await ToldAsync());
        Assert.Empty(await ToldAsync("?until=2020-01-31"));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/usage");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/csv"));
        var csv = await admin.SendAsync(request, Stop);
        Assert.Equal("text/csv", csv.Content.Headers.ContentType?.MediaType);
        var lines = (await csv.Content.ReadAsStringAsync(Stop)).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("day,concept,user,kind,device,jobs,gpuSeconds", lines[0]);
        Assert.Equal(own.Values.Sum(), lines[1..].Sum(line => double.Parse(line.Split(',')[^1], CultureInfo.InvariantCulture)), 3);
        Assert.Contains(lines, line => line.Contains(",\"b,ob\",training,", StringComparison.Ordinal));
        await ProblemAsync(await admin.GetAsync("/usage?since=yesterday", Stop), HttpStatusCode.BadRequest, "invalid_field");
    }

    private static void Same(Dictionary<string, double> own, Dictionary<string, double> told)
    {
        Assert.Equal(own.Keys.Order(StringComparer.Ordinal), told.Keys.Order(StringComparer.Ordinal));
        Assert.All(own, row => Assert.Equal(row.Value, told[row.Key], 6));
    }

    private static async Task<JsonNode> RefusedAsync(HttpResponseMessage answer, int status, string limit)
    {
        var problem = await ProblemAsync(answer, (HttpStatusCode)status, "quota_exceeded");
        Assert.Equal(limit, (string?)problem["limit"]);
        return problem;
    }

    private static Task<HttpResponseMessage> TrainAsync(HttpClient client, string concept, object body) =>
        client.PostAsJsonAsync($"/concepts/{concept}/trainings", body, Stop);

    private static async Task<HttpResponseMessage> UploadAsync(HttpClient client, string concept, int photo)
    {
        using var form = new MultipartFormDataContent { { Photo(Sample(photo), "image/png"), "photos", $"{photo}.png" } };
        return await client.PostAsync($"/concepts/{concept}/photos", form, Stop);
    }

    private async Task<(HttpClient Admin, string Tenant)> NewAsync()
    {
        var text = await host.NewTenantAsync(KeyRole.Admin);
        Assert.True(ApiKey.TryParse(text, out var key));
        return (host.ClientFor(text), key.Tenant.Value);
    }

    private async Task SetAsync(string tenant, object quotas) =>
        await OkAsync(await host.Client.PatchAsJsonAsync($"/admin/tenants/{tenant}", new { quotas }, Stop));
}
