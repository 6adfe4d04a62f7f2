namespace ViCo.Engine.Models.Text;

/// <summary>The sizes of a CLIP transformer, in either tower.</summary>
/// <param name="QuickGelu">x · σ(1.702 x) instead of the exact GELU.</param>
/// <param name="Causal">Whether a token sees only those before it: text does, pictures do not.</param>
internal sealed record CLIPEncoderConfig(int Width, int Layers, int Heads, int Intermediate, double Eps, bool QuickGelu, bool Causal);

internal sealed class CLIPEncoder : Module<Tensor, Tensor>
{
    private readonly ModuleList<CLIPEncoderLayer> layers = [];

    public CLIPEncoder(CLIPEncoderConfig config, Device? device = null)
        : base(nameof(CLIPEncoder))
    {
        for (var i = 0; i < config.Layers; i++) layers.Add(new(config, device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var x = tokens.alias();
        foreach (var layer in layers) x = layer.call(x);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Pre-LayerNorm transformer layer. [B, T, D] → the same.</summary>
internal sealed class CLIPEncoderLayer : Module<Tensor, Tensor>
{
    private readonly LayerNorm layer_norm1, layer_norm2;
    private readonly CLIPAttention self_attn;
    private readonly CLIPMLP mlp;

    public CLIPEncoderLayer(CLIPEncoderConfig config, Device? device)
        : base(nameof(CLIPEncoderLayer))
    {
        layer_norm1 = LayerNorm(config.Width, config.Eps, device: device);
        self_attn = new(config.Width, config.Heads, config.Causal, device);
        layer_norm2 = LayerNorm(config.Width, config.Eps, device: device);
        mlp = new(config.Width, config.Intermediate, config.QuickGelu, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var x = tokens.Plus(self_attn.call(layer_norm1.call(tokens)));
        return x.Plus(mlp.call(layer_norm2.call(x))).MoveToOuterDisposeScope();
    }
}

internal sealed class CLIPAttention : Module<Tensor, Tensor>
{
    private readonly long _heads;
    private readonly bool _causal;
    private readonly Linear q_proj, k_proj, v_proj, out_proj;

    public CLIPAttention(long width, long heads, bool causal, Device? device)
        : base(nameof(CLIPAttention))
    {
        _heads = heads;
        _causal = causal;
        q_proj = Linear(width, width, device: device);
        k_proj = Linear(width, width, device: device);
        v_proj = Linear(width, width, device: device);
        out_proj = Linear(width, width, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var attended = F.scaled_dot_product_attention(
            Split(q_proj.call(tokens)), Split(k_proj.call(tokens)), Split(v_proj.call(tokens)), is_casual: _causal);
        return out_proj.call(attended.transpose(1, 2).flatten(2)).MoveToOuterDisposeScope();

        Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);
    }
}

internal sealed class CLIPMLP : Module<Tensor, Tensor>
{
    private readonly bool _quickGelu;
    private readonly Linear fc1, fc2;

    public CLIPMLP(long width, long intermediate, bool quickGelu, Device? device)
        : base(nameof(CLIPMLP))
    {
        _quickGelu = quickGelu;
        fc1 = Linear(width, intermediate, device: device);
        fc2 = Linear(intermediate, width, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var h = fc1.call(tokens);
        return fc2.call(_quickGelu ? h * sigmoid(h.Times(1.702)) : F.gelu(h)).MoveToOuterDisposeScope();
    }
}
