namespace ViCo.Engine.Models.UNet;

/// <summary>Self-attention, attention to a context, feed-forward: each after a LayerNorm and added to its input.</summary>
/// <remarks>
/// tokens [B, N, d], context [P, M, D] → [B, N, d]. ViCo's image blocks are this block too, with reference tokens as context: theirs may
/// be float32 among bfloat16 tokens, see <see cref="MixedPrecision"/>.
/// </remarks>
internal sealed class BasicTransformerBlock : Module<Tensor, AttentionContext, Tensor>
{
    private readonly LayerNorm norm1, norm2, norm3;
    private readonly CrossAttention attn1, attn2;
    private readonly FeedForward ff;

    public BasicTransformerBlock(AttentionShape shape, Device? device = null)
        : base(nameof(BasicTransformerBlock))
    {
        var (dim, contextDim, heads) = shape;
        norm1 = LayerNorm(dim, device: device);
        attn1 = new CrossAttention(dim, dim, heads, device);
        norm2 = LayerNorm(dim, device: device);
        attn2 = new CrossAttention(dim, contextDim, heads, device);
        norm3 = LayerNorm(dim, device: device);
        ff = new FeedForward(dim, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, AttentionContext context) => Run(tokens, context).Tokens;

    /// <summary>As <c>forward</c>, with the guests that a pass has at this block's layers.</summary>
    /// <param name="wanted">Whether to hand over the map of the attention to the context: [B, N, M], mean over
    /// heads; merged tokens share theirs.</param>
    /// <param name="merge">Parts of the block that work on fewer tokens; null: none. A block that merges is never computed again.</param>
    public (Tensor Tokens, Tensor? Map) Run(
        Tensor tokens, AttentionContext context, Adaptation? pass = null, TextMap wanted = TextMap.None, BlockMerge? merge = null)
    {
        if (pass?.Recomputes != true || merge is not null) return RunOnce(tokens, context, pass, wanted, merge);
        Tensor?[] parts = [tokens, context.Tokens, context.Rows, context.KeyBias, context.ValueWeights];
        bool[] present = [.. parts.Select(p => p is not null)];
        var made = Recomputation.Of(
            given =>
            {
                var at = 0;
                Tensor?[] again = [.. present.Select(p => p ? given[at++] : null)];
                var (output, weights) = RunOnce(again[0]!, new(again[1]!, again[2], again[3], again[4]), pass, wanted, merge: null);
                return weights is null ? [output] : [output, weights];
            },
            [.. parts.OfType<Tensor>()]);
        return (made[0], made.Count > 1 ? made[1] : null);
    }

    private (Tensor Tokens, Tensor? Map) RunOnce(
        Tensor tokens, AttentionContext context, Adaptation? pass, TextMap wanted, BlockMerge? merge)
    {
        using var scope = NewDisposeScope();
        var match = merge?.For(MergedParts.SelfAttention);
        var normed = Merge(match, norm1.Normalize(tokens));
        var x = tokens.Plus(Unmerge(match, attn1.Attend(normed, new(normed), pass).Output));

        match = merge?.For(MergedParts.TextAttention);
        var (attended, map) = attn2.Attend(Merge(match, norm2.Normalize(x)), context, pass, wanted);
        x = x.Plus(Unmerge(match, attended));
        if (map is not null) map = Unmerge(match, map).MoveToOuterDisposeScope();

        match = merge?.For(MergedParts.FeedForward);
        x = x.Plus(Unmerge(match, ff.Run(Merge(match, norm3.Normalize(x)), pass)));
        return (x.MoveToOuterDisposeScope(), map);
    }

    private static Tensor Merge(TokenMatch? match, Tensor tokens) => match is null ? tokens : match.Merge(tokens);

    private static Tensor Unmerge(TokenMatch? match, Tensor tokens) => match is null ? tokens : match.Unmerge(tokens);
}
