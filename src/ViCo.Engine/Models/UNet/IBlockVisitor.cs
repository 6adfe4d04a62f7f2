namespace ViCo.Engine.Models.UNet;

/// <summary>Takes part in one pass through a U-Net at its transformer blocks, which count from 0 in order of execution.</summary>
internal interface IBlockVisitor
{
    /// <summary>True once nothing further of the pass is wanted: the U-Net stops after the running layer.</summary>
    bool Done { get; }

    /// <summary>How many samples, from the first, go on after the running layer; null: all of them.</summary>
    long? Staying => null;

    /// <summary>Whether <paramref name="block"/> must hand over the map of its text attention.</summary>
    bool WantsTextMap(int block);

    /// <summary>Whether to hand over the map of <paramref name="block"/>'s text attention computed beside it, which changes no number of the pass.</summary>
    bool WatchesTextMap(int block) => false;

    /// <summary>Which tokens a block merges, or null where it merges none.</summary>
    /// <param name="tokens">The block's input [B, h·w, d].</param>
    BlockMerge? Merge(int block, Tensor tokens, long height, long width) => null;

    /// <summary>Sees the tokens after a block's feed-forward and before <c>proj_out</c>, and says with which tokens to go on.</summary>
    /// <param name="tokens">[B, N, d]; in the caller's dispose scope.</param>
    /// <param name="textMap">[B, N, T] where <see cref="WantsTextMap"/> or <see cref="WatchesTextMap"/> said so, else null.</param>
    /// <returns><paramref name="tokens"/> itself, or new ones in the current dispose scope.</returns>
    Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap);
}
