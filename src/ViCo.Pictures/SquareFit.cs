namespace ViCo.Pictures;

/// <summary>How a photo of any shape becomes a square.</summary>
public enum SquareFit
{
    /// <summary>Both sides are scaled to the size; the aspect ratio is lost. What ViCo's published code does.</summary>
    Squash,

    /// <summary>The short side is scaled to the size, the middle of the long side kept.</summary>
    Crop,

    /// <summary>The long side is scaled to the size, the rest filled: with middle grey unless said otherwise.</summary>
    Letterbox,
}
