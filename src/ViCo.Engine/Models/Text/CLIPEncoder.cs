namespace ViCo.Engine.Models.Text;

internal sealed class CLIPEncoder : Module<Tensor, Adaptation?, Tensor>
{
    private readonly ModuleList<CLIPEncoderLayer> layers = [];

    public CLIPEncoder(CLIPEncoderConfig config, Device? device = null)
        : base(nameof(CLIPEncoder))
    {
        for (var i = 0; i < config.Layers; i++) layers.Add(new(i, config, device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var x = tokens.alias();
        foreach (var layer in layers) x = layer.call(x, pass);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Pre-LayerNorm transformer layer. [B, T, D] → the same.</summary>
internal sealed class CLIPEncoderLayer : Module<Tensor, Adaptation?, Tensor>
{
    private readonly LayerNorm layer_norm1, layer_norm2;
    private readonly CLIPAttention self_attn;
    private readonly CLIPMLP mlp;

    /// <param name="number">From 0.</param>
    public CLIPEncoderLayer(int number, CLIPEncoderConfig config, Device? device)
        : base(nameof(CLIPEncoderLayer))
    {
        layer_norm1 = LayerNorm(config.Width, config.Eps, device: device);
        self_attn = new(number, config.Width, config.Heads, config.Causal, device);
        layer_norm2 = LayerNorm(config.Width, config.Eps, device: device);
        mlp = new(config.Width, config.Intermediate, config.QuickGelu, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var x = self_attn.call(layer_norm1.call(tokens), pass).AddInPlace(tokens);
        return mlp.call(layer_norm2.call(x), pass).AddInPlace(x).MoveToOuterDisposeScope();
    }
}

/// <summary>Multi-head self-attention. [B, T, D] → the same.</summary>
internal sealed class CLIPAttention : Module<Tensor, Adaptation?, Tensor>
{
    private readonly int _layer;
    private readonly long _heads;
    private readonly bool _causal;
    private readonly Projection q_proj, k_proj, v_proj, out_proj;

    public CLIPAttention(int layer, long width, long heads, bool causal, Device? device)
        : base(nameof(CLIPAttention))
    {
        _layer = layer;
        _heads = heads;
        _causal = causal;
        q_proj = new(width, width, device: device);
        k_proj = new(width, width, device: device);
        v_proj = new(width, width, device: device);
        out_proj = new(width, width, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var q = Split(q_proj.Project(tokens, pass, BatchAxis.Prompts));
        var k = Split(k_proj.Project(tokens, pass, BatchAxis.Prompts));
        var v = Split(v_proj.Project(tokens, pass, BatchAxis.Prompts));
        var attended = F.scaled_dot_product_attention(q, k, v, is_casual: _causal);
        foreach (var (rows, prefix) in pass?.TextPrefixes ?? [])
        {
            if (prefix.At(_layer) is { } at && rows.AnyIn(tokens.shape[0]))
                attended = rows.Put(attended, AfterPrefix(at, prefix.LogitBias, rows.Pick(q), rows.Pick(k), rows.Pick(v)));
        }
        return out_proj.Project(Heads.Join(attended), pass, BatchAxis.Prompts).MoveToOuterDisposeScope();
    }

    /// <summary>Attention with rows in front of keys and values, which every token sees.</summary>
    private Tensor AfterPrefix((Tensor Keys, Tensor Values) prefix, double logitBias, Tensor q, Tensor k, Tensor v)
    {
        var (batch, length, front) = (q.shape[0], q.shape[2], prefix.Keys.shape[0]);
        var seen = NewTensor.Zeros([length, length], q.dtype, q.device);
        if (_causal) seen = seen.Masked(NewTensor.Ones([length, length], ScalarType.Bool, q.device).triu(1),
            MixedPrecision.MostNegative(q.dtype));
        var bias = cat([TensorArithmetic.Repeated(logitBias, length * front, q.dtype, q.device).view(length, front), seen], 1);
        return F.scaled_dot_product_attention(q, cat([InFront(prefix.Keys), k], 2), cat([InFront(prefix.Values), v], 2), bias);

        Tensor InFront(Tensor rows) => Split(rows.As(q.dtype).unsqueeze(0)).expand(batch, -1, -1, -1);
    }

    private Tensor Split(Tensor x) => Heads.Split(x, _heads);
}

internal sealed class CLIPMLP : Module<Tensor, Adaptation?, Tensor>
{
    private readonly bool _quickGelu;
    private readonly Projection fc1, fc2;

    public CLIPMLP(long width, long intermediate, bool quickGelu, Device? device)
        : base(nameof(CLIPMLP))
    {
        _quickGelu = quickGelu;
        fc1 = new(width, intermediate, device: device);
        fc2 = new(intermediate, width, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var h = fc1.Project(tokens, pass, BatchAxis.Prompts);
        return fc2.Project(_quickGelu ? Activation.QuickGelu(h) : F.gelu(h), pass, BatchAxis.Prompts).MoveToOuterDisposeScope();
    }
}
