namespace ViCo.Engine.Generation;

/// <summary>How drawings are cut to fit the memory. Their pictures say it, for it moves their numbers by rounding.</summary>
/// <param name="AtOnce">Pictures in one call of the U-Net, at most; more take turns.</param>
/// <param name="InStrips">Whether a picture is decoded strip by strip.</param>
internal sealed record DrawingRoom(int AtOnce, bool InStrips);
