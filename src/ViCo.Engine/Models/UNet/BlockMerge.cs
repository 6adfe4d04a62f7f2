namespace ViCo.Engine.Models.UNet;

/// <summary>What one block merges in one pass.</summary>
internal sealed record BlockMerge(TokenMatch Match, MergedParts Parts)
{
    /// <summary>The match for a part of the block, or null where that part sees all tokens.</summary>
    public TokenMatch? For(MergedParts part) => Parts.HasFlag(part) ? Match : null;
}
