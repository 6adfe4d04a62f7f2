using System.Net;
using System.Net.Http.Json;
using System.Text;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

public sealed class ProblemsTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/concepts", """{"name":"a","initWord":"cat","color":"red"}""", "invalid_json", "color")]
    [InlineData("/concepts", """{"name":"a"}""", "invalid_json", "initWord")]
    [InlineData("/concepts", """{"name":7,"initWord":"cat"}""", "invalid_json", "name")]
    [InlineData("/concepts", """{"name":"a","name":"b","initWord":"cat"}""", "invalid_json", "name")]
    [InlineData("/concepts", """{"name":"a" """, "invalid_json", "JSON")]
    [InlineData("/concepts", """{"name":"  ","initWord":"cat"}""", "invalid_field", "name")]
    [InlineData("/concepts", """{"name":"a","initWord":"two, words"}""", "invalid_field", "two, words")]
    [InlineData("/concepts/x/trainings", """{"steps":0}""", "invalid_field", "steps")]
    [InlineData("/concepts/x/trainings", """{"steps":"many"}""", "invalid_json", "steps")]
    [InlineData("/concepts/x/trainings", """{"steps":12.5}""", "invalid_json", "steps")]
    [InlineData("/concepts/x/trainings", """{"method":"magic"}""", "invalid_field", "magic")]
    [InlineData("/images", """{"concept":"x","prompt":"*","count":65}""", "invalid_field", "count")]
    [InlineData("/images", """{"concept":"x","prompt":""}""", "invalid_field", "prompt")]
    [InlineData("/images", """{"concept":"x","prompt":"*","guidance":-0.5}""", "invalid_field", "guidance")]
    [InlineData("/images", """{"concept":"x","prompt":"*","size":512}""", "invalid_json", "size")]
    [InlineData("/images", """{"concept":"x","prompt":"*","sampler":"heun"}""", "invalid_field", "ddim, plms, dpmpp-2m, euler, euler-a")]
    [InlineData("/images", """{"concept":"x","prompt":"*","spacing":"random"}""",
        "invalid_field", "ldm, leading, linspace, trailing, karras")]
    [InlineData("/images", """{"concept":"x","prompt":"*","eta":2}""", "invalid_field", "eta")]
    [InlineData("/images", """{"concept":"x","prompt":"*","spacing":"karras"}""", "invalid_field", "name one of them as sampler")]
    [InlineData("/images", """{"concept":"x","prompt":"*","imageGuidance":2,"publishedGuidance":true}""",
        "invalid_field", "publishedGuidance")]
    [InlineData("/images", """{"concept":"x","prompt":"*","width":100}""", "invalid_field", "width")]
    [InlineData("/images", """{"concept":"x","prompt":"*","width":64,"height":0}""", "invalid_field", "height")]
    public async Task What_cannot_be_used_is_said_by_name(string path, string body, string code, string named)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var problem = await ProblemAsync(await host.Client.PostAsync(path, content, Stop), HttpStatusCode.BadRequest, code);
        Assert.Contains(named, (string)problem["detail"]!, StringComparison.Ordinal);
        Assert.DoesNotContain("ViCo.", (string)problem["detail"]!, StringComparison.Ordinal);         // no type names
    }

    [Fact]
    public async Task Every_field_that_cannot_be_used_is_said_in_one_answer()
    {
        var answer = await host.Client.PostAsJsonAsync(
            "/images", new { concept = "nobody", prompt = "", count = 0, guidance = 200, layers = 3, mask = "round" }, Stop);
        var problem = await ProblemAsync(answer, HttpStatusCode.BadRequest, "invalid_json");
        Assert.Equal(["count", "guidance", "layers", "mask", "prompt"], problem["errors"]!.AsObject().Select(e => e.Key));
        Assert.Equal("guidance is 200; wanted 0 to 100.", (string?)problem["errors"]!["guidance"]![0]);

        answer = await host.Client.PostAsJsonAsync("/concepts/nobody/trainings", new { steps = 0, mask = "round", layers = new[] { 8, 8 } },
            Stop);
        problem = await ProblemAsync(answer, HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal(["layers", "mask", "steps"], problem["errors"]!.AsObject().Select(e => e.Key));
    }

    [Theory]
    [InlineData("GET", "/nothing/here", 404, "not_found")]
    [InlineData("GET", "/jobs/no-such-job", 404, "job_not_found")]
    [InlineData("GET", "/jobs/bad%2Fid", 404, "not_found")]
    [InlineData("GET", "/images/no-such-image", 404, "image_not_found")]
    [InlineData("GET", "/jobs/x/events?after=-1", 400, "invalid_field")]
    [InlineData("GET", "/jobs/x/events?after=abc", 400, "invalid_field")]
    [InlineData("DELETE", "/jobs", 405, "method_not_allowed")]
    [InlineData("GET", "/jobs?page=2", 400, "unknown_parameter")]
    [InlineData("GET", "/concepts?state=queued", 400, "unknown_parameter")]
    [InlineData("GET", "/jobs?state=tired", 400, "invalid_field")]
    [InlineData("GET", "/jobs?limit=0", 400, "invalid_field")]
    [InlineData("GET", "/jobs?since=yesterday", 400, "invalid_field")]
    [InlineData("GET", "/jobs?since=10:00", 400, "invalid_field")]
    [InlineData("GET", "/jobs?since=1/2/2026", 400, "invalid_field")]
    [InlineData("GET", "/jobs?cursor=x", 400, "invalid_field")]
    [InlineData("GET", "/images?cursor=x,y", 400, "invalid_field")]
    [InlineData("GET", "/images?user=", 400, "invalid_field")]
    [InlineData("GET", "/jobs?user=a%20b", 400, "invalid_field")]
    [InlineData("GET", "/jobs?state=", 400, "invalid_field")]
    [InlineData("GET", "/jobs?kind=training&kind=sampling", 400, "invalid_field")]
    [InlineData("GET", "/concepts/nobody/runs", 404, "concept_not_found")]
    [InlineData("DELETE", "/concepts/nobody/runs/r", 404, "concept_not_found")]
    [InlineData("DELETE", "/images/no-such-image-0", 404, "image_not_found")]
    [InlineData("DELETE", "/jobs/no-such-job", 404, "job_not_found")]
    [InlineData("POST", "/concepts", 415, "unsupported_type")]
    public async Task Every_error_is_a_problem_with_a_code(string method, string path, int status, string code)
    {
        using var request = new HttpRequestMessage(new(method), path);
        if (method == "POST") request.Content = new StringContent("name=a", Encoding.UTF8, "text/plain");
        await ProblemAsync(await host.Client.SendAsync(request, Stop), (HttpStatusCode)status, code);
    }

    [Fact]
    public async Task A_json_body_of_a_megabyte_is_413()
    {
        using var content = new StringContent(
            $$"""{"name":"{{new string('a', 1_000_000)}}","initWord":"cat"}""", Encoding.UTF8, "application/json");
        await ProblemAsync(await host.Client.PostAsync("/concepts", content, Stop), HttpStatusCode.RequestEntityTooLarge, "too_large");
    }

    [Fact]
    public async Task A_training_of_a_concept_that_is_not_there_is_404()
    {
        using var content = new StringContent("{}", Encoding.UTF8, "application/json");
        await ProblemAsync(await host.Client.PostAsync("/concepts/nobody/trainings", content, Stop), HttpStatusCode.NotFound,
            "concept_not_found");
    }
}
