using System.Text.Json.Nodes;
using ViCo.Options;

namespace ViCo.Gateway.Models;

/// <param name="Kind"><c>integer</c>, <c>number</c>, <c>switch</c>, <c>choice</c>, <c>integerList</c> or <c>text</c>.</param>
/// <param name="Least">The least number, or the fewest characters.</param>
/// <param name="Default">Null where there is none.</param>
/// <param name="FromModel">Whether base models bring a default of their own; <c>default</c> is then Stable Diffusion's.</param>
/// <param name="Expert">Whether a form may leave it out at first.</param>
/// <param name="Methods">The training methods that take it; null: all.</param>
internal sealed record OptionDescription(
    string Name, string Title, string Kind, string Help, string? Unit, JsonNode? Least, JsonNode? Most, long? MultipleOf, IReadOnlyList<long> Except,
    IReadOnlyList<OptionChoice> Choices, JsonNode? Default, bool FromModel, bool Expert, IReadOnlyList<string>? Methods = null)
{
    public static OptionDescription Of(OptionSpec option) => new(
        option.Name, option.Title, char.ToLowerInvariant($"{option.Kind}"[0]) + $"{option.Kind}"[1..], option.Help, option.Unit, Json(option.Least),
        Json(option.Most), option.MultipleOf, option.Except, option.Choices, Json(option.Fallback), option.FromModel, option.Expert);

    /// <summary>A value of an option as JSON.</summary>
    public static JsonNode? Json(object? value) =>
        value is null ? null : JsonNode.Parse(OptionValues.None.With("value", value).ToJson())!["value"]!.DeepClone();
}
