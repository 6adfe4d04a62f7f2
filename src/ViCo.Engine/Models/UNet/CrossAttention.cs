namespace ViCo.Engine.Models.UNet;

/// <summary>Multi-head attention with bias-free query, key and value projections. Vaswani et al. 2017.</summary>
/// <remarks>hidden [B, N, d], context [P, M, D] → [B, N, d]. Heads are contiguous slices of d; logits are scaled by (d / heads)^-½.</remarks>
internal sealed class CrossAttention : Module<Tensor, AttentionContext, Tensor>
{
    private readonly long _heads;
    private readonly Linear to_q, to_k, to_v;
    private readonly ModuleList<Linear> to_out;

    public CrossAttention(long queryDim, long contextDim, long heads, Device? device = null)
        : base(nameof(CrossAttention))
    {
        if (queryDim % heads != 0) throw new ArgumentException($"Width {queryDim} does not divide into {heads} heads.");
        _heads = heads;
        to_q = Linear(queryDim, queryDim, hasBias: false, device: device);
        to_k = Linear(contextDim, queryDim, hasBias: false, device: device);
        to_v = Linear(contextDim, queryDim, hasBias: false, device: device);
        to_out = new(Linear(queryDim, queryDim, device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var q = SplitHeads(to_q.Project(hidden));
        var k = context.Spread(SplitHeads(to_k.Project(context.Tokens)));
        var v = SplitHeads(to_v.Project(context.Tokens));
        if (context.ValueWeights is not null) v = v * context.ValueWeights;
        v = context.Spread(v);
        var bias = context.KeyBias is null ? null : context.Spread(context.KeyBias);
        return Output(F.scaled_dot_product_attention(q, k, v, bias)).MoveToOuterDisposeScope();
    }

    /// <summary>As <c>forward</c>, with the attention map [B, N, M]: softmaxed, mean over heads, differentiable, float32 at least.</summary>
    public (Tensor Output, Tensor Map) WithMap(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        var q = SplitHeads(to_q.Project(hidden));
        var k = context.Spread(SplitHeads(to_k.Project(context.Tokens)));
        var v = context.Spread(SplitHeads(to_v.Project(context.Tokens)));
        var probabilities = Probabilities(q, k);
        return (Output(matmul(probabilities.As(v.dtype), v)).MoveToOuterDisposeScope(), probabilities.mean([1]).MoveToOuterDisposeScope());
    }

    /// <summary>The map of <see cref="WithMap"/> alone.</summary>
    public Tensor Map(Tensor hidden, AttentionContext context)
    {
        using var scope = NewDisposeScope();
        return Probabilities(SplitHeads(to_q.Project(hidden)), context.Spread(SplitHeads(to_k.Project(context.Tokens)))).mean([1]).MoveToOuterDisposeScope();
    }

    /// <summary>[B, H, N, M], float32 at least: masks and the regulariser are made of it.</summary>
    private static Tensor Probabilities(Tensor q, Tensor k) =>
        matmul(q.AtLeastSingle(), k.AtLeastSingle().transpose(-2, -1)).Times(Math.Pow(q.shape[^1], -0.5)).softmax(-1);

    private Tensor SplitHeads(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);

    private Tensor Output(Tensor perHead) => to_out[0].Project(perHead.transpose(1, 2).flatten(2));
}
