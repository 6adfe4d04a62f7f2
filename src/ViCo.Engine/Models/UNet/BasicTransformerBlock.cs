namespace ViCo.Engine.Models.UNet;

/// <summary>Self-attention, attention to a context, feed-forward: each after a LayerNorm and added to its input.</summary>
/// <remarks>
/// tokens [B, N, d], context [P, M, D] → [B, N, d]. ViCo's image blocks are this block too, with reference tokens as context: theirs may be
/// float32 among bfloat16 tokens, see <see cref="MixedPrecision"/>.
/// </remarks>
internal sealed class BasicTransformerBlock : Module<Tensor, AttentionContext, Tensor>
{
    private readonly LayerNorm norm1, norm2, norm3;
    private readonly CrossAttention attn1, attn2;
    private readonly FeedForward ff;

    public BasicTransformerBlock(long dim, long contextDim, long heads, Device? device = null)
        : base(nameof(BasicTransformerBlock))
    {
        norm1 = LayerNorm(dim, device: device);
        attn1 = new CrossAttention(dim, dim, heads, device);
        norm2 = LayerNorm(dim, device: device);
        attn2 = new CrossAttention(dim, contextDim, heads, device);
        norm3 = LayerNorm(dim, device: device);
        ff = new FeedForward(dim, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, AttentionContext context) => Run(tokens, context, merge: null);

    /// <summary>As <c>forward</c>, some parts on fewer tokens.</summary>
    public Tensor Run(Tensor tokens, AttentionContext context, BlockMerge? merge)
    {
        using var scope = NewDisposeScope();
        var x = SelfAttend(tokens, merge);
        var match = merge?.For(MergedParts.TextAttention);
        x = x.Plus(Unmerge(match, attn2.call(Merge(match, norm2.Normalize(x)), context)));
        return Feed(x, merge).MoveToOuterDisposeScope();
    }

    /// <summary>As <see cref="Run"/>, with the map of the attention to the context: [B, N, M], mean over heads; merged tokens share theirs.</summary>
    public (Tensor Tokens, Tensor Map) WithMap(Tensor tokens, AttentionContext context, BlockMerge? merge = null)
    {
        using var scope = NewDisposeScope();
        var x = SelfAttend(tokens, merge);
        var match = merge?.For(MergedParts.TextAttention);
        var (attended, map) = attn2.WithMap(Merge(match, norm2.Normalize(x)), context);
        x = x.Plus(Unmerge(match, attended));
        return (Feed(x, merge).MoveToOuterDisposeScope(), Unmerge(match, map).MoveToOuterDisposeScope());
    }

    /// <summary>As <see cref="Run"/>, bit by bit, with the map of <see cref="WithMap"/> computed beside it.</summary>
    public (Tensor Tokens, Tensor Map) Watched(Tensor tokens, AttentionContext context, BlockMerge? merge)
    {
        using var scope = NewDisposeScope();
        var x = SelfAttend(tokens, merge);
        var match = merge?.For(MergedParts.TextAttention);
        var normed = Merge(match, norm2.Normalize(x));
        x = x.Plus(Unmerge(match, attn2.call(normed, context)));
        return (Feed(x, merge).MoveToOuterDisposeScope(), Unmerge(match, attn2.Map(normed, context)).MoveToOuterDisposeScope());
    }

    private Tensor SelfAttend(Tensor tokens, BlockMerge? merge)
    {
        var match = merge?.For(MergedParts.SelfAttention);
        var normed = Merge(match, norm1.Normalize(tokens));
        return tokens.Plus(Unmerge(match, attn1.call(normed, new(normed))));
    }

    private Tensor Feed(Tensor tokens, BlockMerge? merge)
    {
        var match = merge?.For(MergedParts.FeedForward);
        return tokens.Plus(Unmerge(match, ff.call(Merge(match, norm3.Normalize(tokens)))));
    }

    private static Tensor Merge(TokenMatch? match, Tensor tokens) => match is null ? tokens : match.Merge(tokens);

    private static Tensor Unmerge(TokenMatch? match, Tensor tokens) => match is null ? tokens : match.Unmerge(tokens);
}
