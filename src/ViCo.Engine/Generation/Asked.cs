using ViCo.Options;

namespace ViCo.Engine.Generation;

/// <summary>A request that has been checked.</summary>
internal sealed record Asked(
    GenerationRequest Request, OptionValues Options, PictureSize Size, IGenerationObserver Observer,
    ICollection<AttentionFrame>? Frames);
