namespace ViCo.Engine.Models;

/// <summary>The rows of a pass that belong to one concept.</summary>
/// <param name="Prompts">In the text tower, and wherever the U-Net works on texts.</param>
/// <param name="Samples">In the U-Net.</param>
internal sealed record Share(Rows Prompts, Rows Samples)
{
    /// <summary>What some of the samples see of reference photos; null: they look at none.</summary>
    public UNet.ReferenceView? References { get; init; }

    /// <summary>A pass of one concept alone.</summary>
    public static Share Whole { get; } = new(Rows.All, Rows.All);

    public Rows On(BatchAxis axis) => axis == BatchAxis.Prompts ? Prompts : Samples;
}
