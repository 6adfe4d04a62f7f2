using System.Text.Json.Serialization;

namespace ViCo.Gateway.OpenAi;

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
