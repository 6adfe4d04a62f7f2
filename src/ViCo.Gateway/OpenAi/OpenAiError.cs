using System.Text.Json.Serialization;

namespace ViCo.Gateway.OpenAi;

/// <param name="Message">What was found and what was wanted.</param>
/// <param name="Type">A kind, such as <c>invalid_request_error</c>.</param>
/// <param name="Param">The field that is at fault, or null.</param>
/// <param name="Code">Stable.</param>
internal sealed record OpenAiError(
    string Message, string Type, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Param,
    string Code);
