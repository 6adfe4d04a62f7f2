namespace ViCo.Engine.Models.UNet;

/// <summary>Self-attention, attention to a context, feed-forward: each after a LayerNorm and added to its input.</summary>
/// <remarks>tokens [B, N, d], context [P, M, D] → [B, N, d]. ViCo's image blocks are this block too, with reference tokens as context.</remarks>
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

    public override Tensor forward(Tensor tokens, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var x = SelfAttend(tokens);
        x = x + attn2.call(norm2.call(x), context);
        return (x + ff.call(norm3.call(x))).MoveToOuterDisposeScope();
    }

    /// <summary>As <c>forward</c>, with the map of the attention to the context: [B, N, M], mean over heads.</summary>
    public (Tensor Tokens, Tensor Map) WithMap(Tensor tokens, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var x = SelfAttend(tokens);
        var (attended, map) = attn2.WithMap(norm2.call(x), context);
        x = x + attended;
        return ((x + ff.call(norm3.call(x))).MoveToOuterDisposeScope(), map.MoveToOuterDisposeScope());
    }

    private Tensor SelfAttend(Tensor tokens)
    {
        var normed = norm1.call(tokens);
        return tokens + attn1.call(normed, new(normed));
    }
}
