using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Grains.Concepts;
using ViCo.Options;

namespace ViCo.Gateway.Problems;

/// <summary>
/// Every error answer of the gateway: RFC 9457 with a stable <c>code</c> and a sentence that says what was found and what was wanted.
/// </summary>
internal static class Problem
{
    public static ProblemHttpResult Of(int status, string code, string? detail, IDictionary<string, object?>? more = null)
    {
        var extensions = new Dictionary<string, object?>(more ?? new Dictionary<string, object?>()) { ["code"] = code };
        return TypedResults.Problem(detail, statusCode: status, extensions: extensions);
    }

    public static ProblemHttpResult NotFound(string kind, string id) =>
        Of(StatusCodes.Status404NotFound, $"{kind}_not_found", $"There is no {kind} '{id}'.");

    /// <summary>A field of the request that cannot be used.</summary>
    public static ProblemHttpResult Field(string field, string detail) => Fields([new(field, detail)])!;

    /// <summary>
    /// Every field of the request that cannot be used: the first one as <c>field</c>, all of them in
    /// <c>errors</c>. Null where there is none.
    /// </summary>
    /// <remarks>A problem without a name is the whole body's.</remarks>
    public static ProblemHttpResult? Fields(IReadOnlyList<OptionProblem> problems) => problems.Count == 0 ? null : Of(
        StatusCodes.Status400BadRequest,
        problems.All(p => p.Fault == OptionFault.Value) ? "invalid_field" : "invalid_json",
        string.Join(' ', problems.Select(p => p.Message)),
        new Dictionary<string, object?>
        {
            ["field"] = problems[0].Name,
            ["errors"] = problems.GroupBy(p => p.Name).ToDictionary(of => of.Key, of => of.Select(p => p.Message).ToArray()),
        });

    /// <summary>Why a change was not made, or null when it was.</summary>
    public static ProblemHttpResult? Of(ChangeResult result) => result.Outcome switch
    {
        Outcome.Done => null,
        Outcome.NotFound => Of(StatusCodes.Status404NotFound, $"{result.Code}_not_found", result.Problem!),
        _ => Conflict(result.Code!, result.Problem!),
    };

    public static ProblemHttpResult Conflict(string code, string detail) => Of(StatusCodes.Status409Conflict, code, detail);
}
