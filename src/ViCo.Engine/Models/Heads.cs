namespace ViCo.Engine.Models;

/// <summary>The heads of an attention: neighbouring slices of its tokens' channels.</summary>
/// <remarks>In one view where the memory's order allows it: in a small network a view costs as much as a product.</remarks>
internal static class Heads
{
    /// <summary>[B, N, d] → [B, heads, N, d / heads].</summary>
    public static Tensor Split(Tensor tokens, long heads)
    {
        var (batch, count, width) = (tokens.shape[0], tokens.shape[1], tokens.shape[2]);
        return tokens.is_contiguous() && tokens.storage_offset() == 0
            ? tokens.as_strided([batch, heads, count, width / heads], [count * width, width / heads, width, 1])
            : tokens.view(batch, count, heads, -1).transpose(1, 2);
    }

    /// <summary>[B, heads, N, d / heads] → [B, N, d].</summary>
    public static Tensor Join(Tensor split)
    {
        var (batch, heads, count, each) = (split.shape[0], split.shape[1], split.shape[2], split.shape[3]);
        var width = heads * each;
        // So does fused attention leave it.
        var byToken = split.storage_offset() == 0 && split.stride().SequenceEqual([count * width, each, width, 1]);
        return byToken ? split.as_strided([batch, count, width], [count * width, width, 1]) : split.transpose(1, 2).flatten(2);
    }

    /// <summary>Each head's product: [B, heads, N, K], [B, heads, K, M] → [B, heads, N, M].</summary>
    public static Tensor Product(Tensor left, Tensor right) => bmm(left.flatten(0, 1), right.flatten(0, 1))
        .view(left.shape[0], left.shape[1], left.shape[2], right.shape[3]);
}
