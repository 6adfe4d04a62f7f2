namespace ViCo.Pictures;

/// <summary>What an uploaded photo must be.</summary>
public sealed record PhotoRules
{
    /// <summary>Checked before decoding.</summary>
    public PictureLimits Limits { get; init; } = PictureLimits.Default;

    /// <summary>Both sides must have at least so many pixels; default 64.</summary>
    public int MinSide { get; init; } = 64;

    /// <summary>Side in pixels that the base model trains at. A photo with a side under half of it gets a warning; default 512.</summary>
    public int TrainingSize { get; init; } = 512;
}
