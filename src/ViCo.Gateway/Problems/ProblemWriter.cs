using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Quotas;

namespace ViCo.Gateway.Problems;

/// <summary>
/// Writes every error as <c>application/problem+json</c>, whatever the request's <c>Accept</c> says: nothing else can carry its code.
/// </summary>
/// <remarks>RFC 9110 §12.5.1 lets a server disregard Accept. The framework's own writer gives way to plain text.</remarks>
internal sealed class ProblemWriter(IOptions<JsonOptions> json, TimeProvider clock) : IProblemDetailsWriter
{
    private const string ContentType = "application/problem+json";

    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        var status = problem.Status ??= http.Response.StatusCode;
        if (!problem.Extensions.TryGetValue("code", out var said) || said is not string code) problem.Extensions["code"] = code =
            ProblemCodes.OfStatus(status);
        problem.Type = ProblemCodes.AddressOf(code);
        problem.Title = ProblemCodes.Find(code)?.Title ?? problem.Title;
        problem.Detail ??= ProblemWords.Of(status, http);
        if (QuotaAnswers.SecondsUntil(problem.Extensions, clock.GetUtcNow()) is { } seconds)
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        problem.Extensions["traceId"] = Activity.Current?.Id ?? http.TraceIdentifier;
        var options = json.Value.SerializerOptions;
        await http.Response.WriteAsJsonAsync(problem, options.GetTypeInfo(problem.GetType()), ContentType, http.RequestAborted);
    }
}
