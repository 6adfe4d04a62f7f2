using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Methods.Parts;

/// <summary>The noisy side of ViCo: after each text block that has an image block, tokens attend to the reference's object.</summary>
/// <param name="blocks">Image blocks by layer.</param>
/// <param name="contexts">Per layer: reference tokens with their mask. Owned by the caller.</param>
/// <param name="from">First sample of the batch that the blocks work on; those before it pass by (guidance's unconditional half, if so chosen).</param>
internal sealed class ImageAttention(
    ImageCrossAttention blocks, IReadOnlyDictionary<int, AttentionContext> contexts, long from = 0) : IBlockVisitor
{
    public bool Done => false;

    public bool WantsTextMap(int block) => false;

    public Tensor AfterTextBlock(int block, Tensor tokens, Tensor? textMap)
    {
        if (blocks[block] is not { } image) return tokens;
        if (from == 0) return image.call(tokens, contexts[block]);
        return cat([tokens.narrow(0, 0, from), image.call(tokens.narrow(0, from, tokens.shape[0] - from), contexts[block])]);
    }
}
