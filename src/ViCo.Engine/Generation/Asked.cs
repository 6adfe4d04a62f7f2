using ViCo.Engine.Diffusion;

namespace ViCo.Engine.Generation;

/// <summary>A request that has been checked.</summary>
internal sealed record Asked(
    GenerationRequest Request, SamplingOptions Options, PictureSize Size, IGenerationObserver Observer,
    ICollection<AttentionFrame>? Frames);
