using ViCo.Pictures;

namespace ViCo.Engine.Datasets;

/// <summary>What is said about one photo beside the training's options.</summary>
/// <param name="Caption">With <c>*</c> for its object; null: one of the list.</param>
/// <param name="Mask">A square like the photo's; null: all of it counts.</param>
internal sealed record PhotoNote(string? Caption, Picture? Mask)
{
    public static PhotoNote Nothing { get; } = new(null, null);
}
