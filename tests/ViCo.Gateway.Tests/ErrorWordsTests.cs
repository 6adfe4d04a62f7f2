using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using ViCo.Gateway.Problems;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>Errors say the same to every client, in our own words, and a client's mistake stays out of the server's log.</summary>
public sealed class ErrorWordsTests(GatewayHost host)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("text/html")]
    [InlineData("text/event-stream")]
    [InlineData("image/png")]
    [InlineData("text/html, application/xml;q=0.9, image/avif")]
    public async Task An_error_is_a_problem_whatever_the_client_accepts(string accept)
    {
        var errors = host.LoggedErrors;
        using var anonymous = host.ClientFor(null);
        await ProblemAsync(await SendAsync(anonymous, "GET", "/jobs/x/events"), HttpStatusCode.Unauthorized, "not_signed_in");
        await ProblemAsync(await SendAsync(anonymous, "GET", "/images/x-0"), HttpStatusCode.Unauthorized, "not_signed_in");
        await ProblemAsync(
            await SendAsync(host.Client, "POST", "/concepts", """{"name":"a" """), HttpStatusCode.BadRequest, "invalid_json");
        await ProblemAsync(await SendAsync(host.Client, "PUT", "/concepts"), HttpStatusCode.MethodNotAllowed, "method_not_allowed");
        await ProblemAsync(await SendAsync(host.Client, "GET", "/nothing"), HttpStatusCode.NotFound, "not_found");
        await ProblemAsync(await SendAsync(host.Client, "GET", "/images/x-0"), HttpStatusCode.NotFound, "image_not_found");
        Assert.Equal(errors, host.LoggedErrors);

        Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path, string? json = null)
        {
            var request = new HttpRequestMessage(new(method), path);
            request.Headers.TryAddWithoutValidation("Accept", accept);
            if (json is not null) request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            return client.SendAsync(request, Stop);
        }
    }

    [Theory]
    [InlineData("""{"name":7,"color":"red","initWord":null,"tags":["a",1]}""",
        "name: a text", "color: known: name, initWord", "tags: a list of texts")]
    [InlineData("""{"nam":"a"}""", "nam: There is no field", "name: missing")]
    [InlineData("""{"name":"","tags":["x","x"],"metadata":{"":"x"},"user":"a b","initWord":"1,2"}""",
        "name: 1 to 80", "user: visible", "tags: twice", "metadata: cannot be kept", "initWord: '1,2'")]
    [InlineData("""{"name":"a","name":"b","initWord":["cat"]}""", "name: came 2 times", "initWord: a text")]
    [InlineData("""{"name":"a","objects":[{"initWord":7}]}""", "objects: a list of objects with 'initWord'")]
    public async Task Every_bad_field_of_a_body_is_told_at_once(string body, params string[] told)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await host.Client.PostAsync("/concepts", content, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var errors = (await answer.Content.ReadFromJsonAsync<System.Text.Json.Nodes.JsonNode>(Stop))!["errors"]!.AsObject();
        Assert.Equal(told.Select(t => t.Split(": ", 2)[0]).Order(), errors.Select(e => e.Key).Order());
        foreach (var one in told) Assert.Contains(one.Split(": ", 2)[1], (string)errors[one.Split(": ", 2)[0]]![0]!,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/concepts", "application/json", "", 400, "The request has no body; wanted: a JSON object with name, initWord")]
    [InlineData("/concepts", "application/json", "null", 400, "The body is null; wanted: an object.")]
    [InlineData("/concepts", "application/json", "[1]", 400, "The body is a list; wanted: an object.")]
    [InlineData("/concepts", "application/json", "{\n \"name\": tea}", 400, "line 2, byte 11")]
    [InlineData("/images", "application/json", "{\"prompt\": ", 400, "The body is no valid JSON: it goes wrong at line 1")]
    [InlineData("/images", "application/json", "7", 400, "The body is a number; wanted: an object.")]
    [InlineData("/concepts", "text/plain", "{}", 415, "Content-Type is 'text/plain'; wanted: application/json.")]
    [InlineData("/concepts", null, "{}", 415, "Content-Type is 'missing'; wanted: application/json.")]
    [InlineData("/concepts/c/photos", "application/json", "{}", 415, "Content-Type is 'application/json'; wanted: multipart/form-data.")]
    [InlineData("/concepts/c/photos", "image/png", "x", 415, "Content-Type is 'image/png'; wanted: multipart/form-data.")]
    public async Task The_gateway_says_in_its_own_words_what_it_wants_of_a_body(string path, string? type, string body, int status,
        string said)
    {
        using var content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        if (type is not null) content.Headers.ContentType = new(type);
        var answer = await host.Client.PostAsync(path, content, Stop);
        var problem = await ProblemAsync(answer, (HttpStatusCode)status, status == 415 ? "unsupported_type" : "invalid_json");
        Assert.Contains(said, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Query_parameters_are_told_all_at_once_too()
    {
        var problem = await ProblemAsync(await host.Client.GetAsync("/jobs?limit=0&since=yesterday&state=tired", Stop),
            HttpStatusCode.BadRequest, "invalid_field");
        Assert.Equal(["limit", "since", "state"], problem["errors"]!.AsObject().Select(e => e.Key).Order());
        problem = await ProblemAsync(await host.Client.GetAsync("/jobs?page=2&sort=up", Stop), HttpStatusCode.BadRequest,
            "unknown_parameter");
        Assert.Equal(["page", "sort"], problem["errors"]!.AsObject().Select(e => e.Key).Order());
        problem = await ProblemAsync(await host.Client.GetAsync("/jobs/x/events?after=-1&limit=0", Stop), HttpStatusCode.BadRequest,
            "invalid_field");
        Assert.Equal(["after", "limit"], problem["errors"]!.AsObject().Select(e => e.Key).Order());
        problem = await ProblemAsync(await host.Client.GetAsync("/jobs/x/events?after=abc", Stop), HttpStatusCode.BadRequest,
            "invalid_field");
        Assert.Equal("Field 'after' is 'abc'; wanted: a whole number.", (string?)problem["detail"]);
    }

    [Fact]
    public async Task Addresses_and_header_fields_have_a_limit_that_is_told()
    {
        await ProblemAsync(await host.Client.GetAsync($"/jobs?cursor={new string('a', 9000)}", Stop), HttpStatusCode.RequestUriTooLong,
            "uri_too_long");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/jobs");
        for (var i = 0; i < 5; i++) request.Headers.Add($"X-Long-{i}", new string('a', 8000));
        await ProblemAsync(await host.Client.SendAsync(request, Stop), HttpStatusCode.RequestHeaderFieldsTooLarge, "headers_too_large");
    }

    [Fact]
    public async Task Every_code_stands_on_the_page_that_errors_lead_to()
    {
        using var client = host.ClientFor(null);
        var answer = await client.GetAsync("/problems", Stop);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        var page = await answer.Content.ReadAsStringAsync(Stop);
        Assert.All(ProblemCodes.All, kind => Assert.Contains($"id=\"{kind.Code}\"", page, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_body_that_breaks_off_is_the_clients_error_and_not_the_logs()
    {
        var errors = host.LoggedErrors;
        using var client = new TcpClient();
        await client.ConnectAsync(host.Address.Host, host.Address.Port, Stop);
        var head = $"POST /concepts HTTP/1.1\r\nHost: {host.Address.Authority}\r\nAuthorization: Bearer {host.Admin.ApiKey}\r\n"
            + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(head), Stop);
        using var reader = new StreamReader(client.GetStream());
        var text = new StringBuilder();
        var buffer = new char[4096];
        for (int read; !text.ToString().Contains("\"code\"", StringComparison.Ordinal)
            && (read = await reader.ReadAsync(buffer, Stop)) > 0;) text.Append(buffer, 0, read);
        Assert.StartsWith("HTTP/1.1 400", text.ToString(), StringComparison.Ordinal);
        Assert.Contains("\"code\":\"bad_request\"", text.ToString(), StringComparison.Ordinal);
        Assert.Equal(errors, host.LoggedErrors);
    }
}
