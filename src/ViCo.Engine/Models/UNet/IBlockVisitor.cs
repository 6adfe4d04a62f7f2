namespace ViCo.Engine.Models.UNet;

/// <summary>Takes part in one pass through a U-Net at its transformer blocks, which count from 0 in order of execution.</summary>
internal interface IBlockVisitor
{
    /// <summary>True once nothing further of the pass is wanted: the U-Net stops after the running layer.</summary>
    bool Done => false;

    /// <summary>How many samples, from the first, go on after the running layer; null: all of them.</summary>
    long? Staying => null;

    /// <summary>What to hand over of a block's text attention.</summary>
    TextMap MapOf(int block) => TextMap.None;

    /// <summary>Which tokens a block merges, or null where it merges none.</summary>
    /// <param name="tokens">The block's input [B, h·w, d].</param>
    BlockMerge? Merge(int block, Tensor tokens, long height, long width) => null;

    /// <summary>Sees the tokens after a block's feed-forward and before <c>proj_out</c>, and says with which tokens to go on.</summary>
    /// <param name="tokens">[B, N, d]; in the caller's dispose scope.</param>
    /// <param name="textMap">[B, N, T] where this guest or another asked for it, else null.</param>
    /// <returns><paramref name="tokens"/> itself, or new ones in the current dispose scope.</returns>
    Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap) => tokens;
}
