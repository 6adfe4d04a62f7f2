using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ViCo.Gateway.Http;
using ViCo.Gateway.Problems;

namespace ViCo.Gateway.Tests;

/// <summary>
/// What is true of every answer that any test gets: it names the API's version, and an error is a problem whose code the page lists.
/// </summary>
internal sealed class AnswerCheck(Func<Task<JsonNode>> document) : DelegatingHandler
{
    // What a path does not take, and what no path takes, is no operation of the document.
    private static readonly HttpStatusCode[] _beside = [HttpStatusCode.MethodNotAllowed, HttpStatusCode.RequestUriTooLong];

    // Other people's protocols have errors of their own.
    private static readonly string[] _elsewhere = ["/v1/", "/mcp"];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = await base.SendAsync(request, cancellationToken);
        var path = request.RequestUri!.AbsolutePath;
        if (_elsewhere.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal))) return answer;
        Assert.Equal(ApiVersion.Number, answer.Headers.GetValues(ApiVersion.Header).Single());
        await DocumentedAsync(request, answer);
        if (answer.IsSuccessStatusCode || (int)answer.StatusCode < 400 || request.Method == HttpMethod.Head) return answer;

        await answer.Content.LoadIntoBufferAsync(cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        Assert.True(answer.Content.Headers.ContentType?.MediaType == "application/problem+json",
            $"{request.Method} {path} answered {answer.StatusCode} as {answer.Content.Headers.ContentType}.");
        var problem = JsonNode.Parse(text)!;
        var code = (string)problem["code"]!;
        var kind = ProblemCodes.Find(code);
        Assert.True(kind?.Statuses.Contains((int)answer.StatusCode) == true,
            $"The page lists no '{code}' with status {(int)answer.StatusCode}.");
        Assert.Equal(($"/problems#{code}", kind!.Title, (int)answer.StatusCode),
            ((string?)problem["type"], (string?)problem["title"], (int)problem["status"]!));
        Assert.DoesNotMatch("ViCo\\.|parameter \"|Did you mean", (string)problem["detail"]!);           // no type names, and our own words
        return answer;
    }

    /// <summary>Every answer of a documented operation is one that the document names.</summary>
    private async Task DocumentedAsync(HttpRequestMessage request, HttpResponseMessage answer)
    {
        if (_beside.Contains(answer.StatusCode) || answer.StatusCode == HttpStatusCode.NotFound
            && request.RequestUri!.AbsolutePath.Contains('%', StringComparison.Ordinal)) return;
        var paths = (await document())["paths"]!.AsObject();
        var (path, operations) = paths.OrderBy(p => p.Key.Contains('{', StringComparison.Ordinal)).FirstOrDefault(p =>
            Regex.IsMatch(request.RequestUri!.AbsolutePath.TrimEnd('/'),
                $"^{Regex.Replace(Regex.Escape(p.Key).Replace("\\{", "{", StringComparison.Ordinal), "{[^}]+}", "[^/]+")}$"));
        if (operations?[request.Method.Method.ToLowerInvariant()] is not { } operation) return;
        var status = ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture);
        // What a file's If-None-Match asks for is told with that parameter.
        var isAsked = answer.StatusCode == HttpStatusCode.NotModified && operation["parameters"]?.AsArray()
            .Any(p => (string?)p!["name"] == "If-None-Match") == true;
        Assert.True(operation["responses"]![status] is not null || isAsked || answer.StatusCode == HttpStatusCode.PartialContent,
            $"The document names no {status} for {request.Method} {path}.");
    }
}
