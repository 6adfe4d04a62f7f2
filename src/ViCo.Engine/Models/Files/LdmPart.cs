namespace ViCo.Engine.Models.Files;

/// <summary>Which network a key of a single-file checkpoint belongs to.</summary>
internal enum LdmPart
{
    UNet,
    Vae,
    TextEncoder,

    /// <summary>Known, and not a weight: noise schedule buffers, the EMA copy, position ids, training losses.</summary>
    Ignored,
    Unknown,
}
