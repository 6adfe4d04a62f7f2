using System.Text.Json.Serialization;

namespace ViCo.Gateway.OpenAi;

/// <param name="RevisedPrompt">The prompt that it was drawn by, with the object in its place.</param>
/// <param name="Id">As under <c>/images/{id}</c>.</param>
internal sealed record GeneratedPicture(
    [property: JsonPropertyName("b64_json"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? B64Json,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Url,
    [property: JsonPropertyName("revised_prompt")] string RevisedPrompt, string Id, long Seed);
