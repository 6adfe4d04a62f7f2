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
