namespace ViCo.Engine.Models.UNet;

/// <summary>What a guest wants of a transformer block's attention to the text: the map [B, N, T] of its weights, mean over heads.</summary>
internal enum TextMap
{
    /// <summary>Nothing: attention need not hold its weights.</summary>
    None,

    /// <summary>The map, computed beside the pass, none of whose numbers changes.</summary>
    Beside,

    /// <summary>
    /// The map of the very weights that the pass goes on with, for gradients to flow through; they round otherwise than <see cref="None"/>.
    /// </summary>
    Through,
}
