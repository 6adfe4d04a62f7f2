namespace ViCo.Engine.Models.UNet;

/// <summary>Multi-head attention with bias-free query, key and value projections. Vaswani et al. 2017.</summary>
/// <remarks>
/// hidden [B, N, d], context [P, M, D] → [B, N, d]. Heads are contiguous slices of d; logits are scaled by (d / heads)^-½.
/// </remarks>
internal sealed class CrossAttention : Module<Tensor, AttentionContext, Tensor>
{
    private readonly long _heads;
    private readonly Projection to_q, to_k, to_v;
    private readonly ModuleList<Projection> to_out;

    public CrossAttention(long queryDim, long contextDim, long heads, Device? device = null)
        : base(nameof(CrossAttention))
    {
        if (queryDim % heads != 0) throw new ArgumentException($"Width {queryDim} does not divide into {heads} heads.");
        _heads = heads;
        to_q = new(queryDim, queryDim, hasBias: false, device);
        to_k = new(contextDim, queryDim, hasBias: false, device);
        to_v = new(contextDim, queryDim, hasBias: false, device);
        to_out = new(new Projection(queryDim, queryDim, device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, AttentionContext context) => Attend(hidden, context).Output;

    /// <summary>As <c>forward</c>, with the guests that a pass has at the projections.</summary>
    /// <param name="wanted">Whether to hand over the map [B, N, M] of the weights: softmaxed, mean over heads,
    /// differentiable, float32 at least.</param>
    public (Tensor Output, Tensor? Map) Attend(
        Tensor hidden, AttentionContext context, Adaptation? pass = null, TextMap wanted = TextMap.None)
    {
        using var scope = NewDisposeScope();
        var q = Heads.Split(to_q.Project(hidden, pass), _heads);
        var k = context.Spread(Heads.Split(to_k.Project(context.Tokens, pass, context.Axis), _heads));
        var v = Heads.Split(to_v.Project(context.Tokens, pass, context.Axis), _heads);
        if (context.ValueWeights is not null) v = v * context.ValueWeights;
        v = context.Spread(v);
        var bias = context.KeyBias is null ? null : context.Spread(context.KeyBias);
        var weights = wanted == TextMap.None ? null : Weights(q, k, bias);
        var attended = wanted == TextMap.Through ? Heads.Product(weights!.As(v.dtype), v)
            : F.scaled_dot_product_attention(q, k, v, bias);
        var output = to_out[0].Project(Heads.Join(attended), pass).MoveToOuterDisposeScope();
        return (output, weights?.mean([1]).MoveToOuterDisposeScope());
    }

    /// <summary>[B, H, N, M], float32 at least: masks and the regulariser are made of it.</summary>
    private static Tensor Weights(Tensor q, Tensor k, Tensor? bias)
    {
        var logits = Heads.Product(q.AtLeastSingle(), k.AtLeastSingle().transpose(-2, -1)).MultiplyInPlace(Math.Pow(q.shape[^1], -0.5));
        return (bias is null ? logits : logits.AddInPlace(bias)).softmax(-1);
    }
}
