using ViCo.Engine.Methods;
using ViCo.Options;
using ViCo.Pictures;

namespace ViCo.Engine.Generation;

/// <summary>One of the drawings that share the passes of a sampling.</summary>
/// <param name="Concept">Null: the base model alone.</param>
/// <param name="OnStep">Steps done, of how many.</param>
internal sealed record Drawing(Concept? Concept, DrawingPlan Plan, Action<int, int>? OnStep = null)
{
    /// <summary>How it was cut to fit the memory when it was drawn before; null: as the memory asks now.</summary>
    public DrawingRoom? Room { get; init; }

    /// <summary>Receives where S★ looks; null: nobody asks.</summary>
    public ICollection<AttentionFrame>? Frames { get; init; }

    /// <summary>How often the first picture is shown while it is drawn.</summary>
    public int Previews { get; init; }

    /// <summary>Receives it, with the steps done.</summary>
    public Action<int, Picture>? OnPreview { get; init; }

    /// <summary>Whether both can be drawn in the same passes: with the same sampler over the same timesteps, in the same size.</summary>
    public bool GoesWith(Drawing other) => Plan.Size == other.Plan.Size && Room == other.Room && Frames is null && other.Frames is null
        && SamplingOption.Common(Plan.Options) is { } common && common.Equals(SamplingOption.Common(other.Plan.Options))
        && (Concept?.Parts ?? []).Concat(other.Concept?.Parts ?? []).All(part => part.SharesPasses);
}
