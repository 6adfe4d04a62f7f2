using System.Text.Json.Serialization;

namespace ViCo.Gateway.OpenAi;

/// <param name="Created">Seconds since 1970.</param>
/// <param name="Data">The pictures in their order.</param>
/// <param name="Error">Why there are none, or not all. The headers were on their way before it was known,
/// so the status is 200 all the same.</param>
internal sealed record GenerationAnswer(
    long Created, IReadOnlyList<GeneratedPicture> Data, string Background,
    [property: JsonPropertyName("output_format")] string OutputFormat,
    string Size, string Quality, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] OpenAiError? Error = null);

/// <param name="RevisedPrompt">The prompt that it was drawn by, with the object in its place.</param>
/// <param name="Id">As under <c>/images/{id}</c>.</param>
internal sealed record GeneratedPicture(
    [property: JsonPropertyName("b64_json"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? B64Json,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Url,
    [property: JsonPropertyName("revised_prompt")] string RevisedPrompt, string Id, long Seed);

/// <summary>A picture of a stream: on its way, or drawn.</summary>
/// <param name="Type"><c>image_generation.partial_image</c> or <c>image_generation.completed</c>.</param>
/// <param name="PartialImageIndex">Of one on its way: counts from 0.</param>
internal sealed record StreamedPicture(
    string Type, [property: JsonPropertyName("b64_json")] string B64Json, [property: JsonPropertyName("created_at")] long CreatedAt,
    string Background, [property: JsonPropertyName("output_format")] string OutputFormat, string Size, string Quality,
    [property: JsonPropertyName("partial_image_index"),
        JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? PartialImageIndex = null,
    [property: JsonPropertyName("revised_prompt"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? RevisedPrompt =
        null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Id = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Seed = null);
