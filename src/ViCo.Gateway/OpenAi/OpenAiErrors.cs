using ViCo.Gateway.Problems;

namespace ViCo.Gateway.OpenAi;

/// <summary>Problems of the routes under <c>/v1</c>, in the shape that OpenAI's clients read.</summary>
/// <remarks>Whoever found the problem (a handler, authentication, a limit, a cluster that is away), it comes by here.</remarks>
internal sealed class OpenAiErrors : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => context.HttpContext.Request.Path.StartsWithSegments(OpenAiApi.Root);

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        var status = problem.Status ?? context.HttpContext.Response.StatusCode;
        context.HttpContext.Response.StatusCode = status;
        var error = new OpenAiError(
            problem.Detail ?? ProblemWords.Of(status, context.HttpContext) ?? problem.Title
                ?? "", TypeOf(status), problem.Extensions.TryGetValue("field", out var field) ? field as string : null,
            CodeOf(status, problem.Extensions.TryGetValue("code", out var code) ? code as string : null));
        await context.HttpContext.Response.WriteAsJsonAsync(new OpenAiFailure(error), GatewayJson.Default.OpenAiFailure);
    }

    /// <summary>OpenAI's word for a kind of failure.</summary>
    private static string TypeOf(int status) => status switch
    {
        StatusCodes.Status401Unauthorized => "authentication_error",
        StatusCodes.Status403Forbidden => "permission_error",
        StatusCodes.Status429TooManyRequests => "rate_limit_error",
        >= 500 => "server_error",
        _ => "invalid_request_error",
    };

    /// <summary>OpenAI's codes where clients act on them, else ours.</summary>
    private static string CodeOf(int status, string? ours) => status switch
    {
        StatusCodes.Status401Unauthorized => "invalid_api_key",
        StatusCodes.Status429TooManyRequests => "rate_limit_exceeded",
        _ => ours ?? ProblemCodes.OfStatus(status),
    };
}
