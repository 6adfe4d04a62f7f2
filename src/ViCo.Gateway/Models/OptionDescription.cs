using System.Text.Json.Nodes;
using ViCo.Options;

namespace ViCo.Gateway.Models;

/// <param name="Kind"><c>integer</c>, <c>number</c>, <c>switch</c>, <c>choice</c>,
/// <c>integerList</c>, <c>text</c> or <c>textList</c>.</param>
/// <param name="Least">The least number, or the fewest characters.</param>
/// <param name="Default">Null where there is none.</param>
/// <param name="FromModel">Whether base models bring a default of their own; <c>default</c> is then Stable Diffusion's.</param>
/// <param name="ModelDefault">The base model's own, where it is known.</param>
/// <param name="MovesNumbers">Whether another value gives other numbers.</param>
/// <param name="Upfront">Whether a form shows it at once.</param>
/// <param name="Expert">Whether a form may leave it out until someone asks for every option.</param>
/// <param name="Suggested">Numbers to offer; empty: people type one.</param>
/// <param name="ByLot">Whether one value is as good as another.</param>
/// <param name="Needs">What another option has to be for this one to count; null: anything.</param>
internal sealed record OptionDescription(
    string Name, string Title, string Kind, string Help, string? Unit, JsonNode? Least, JsonNode? Most, long? MultipleOf,
    IReadOnlyList<long> Except,
    IReadOnlyList<OptionChoice> Choices, JsonNode? Default, bool FromModel, JsonNode? ModelDefault, bool MovesNumbers, bool Upfront,
    bool Expert,
    IReadOnlyList<long> Suggested, bool ByLot, OptionNeed? Needs)
{
    /// <param name="model">The base model's defaults; null: they are not known.</param>
    public static OptionDescription Of(OptionSpec option, OptionValues? model) => new(
        option.Name, option.Title, char.ToLowerInvariant($"{option.Kind}"[0]) + $"{option.Kind}"[1..], option.Help, option.Unit,
        Json(option.Least),
        Json(option.Most), option.MultipleOf, option.Except, option.Choices, Json(option.Fallback), option.FromModel,
        Json(model?.Find(option.Name)),
        option.MovesNumbers, option.Upfront, option.Expert, option.Suggested, option.ByLot, option.Needs);

    /// <summary>A value of an option as JSON.</summary>
    public static JsonNode? Json(object? value) =>
        value is null ? null : JsonNode.Parse(OptionValues.None.With("value", value).ToJson())!["value"]!.DeepClone();
}
