namespace ViCo.Engine.Models.Vision;

/// <summary>DINO's vision transformer; its class token after the last LayerNorm tells objects apart. Caron et al. 2021.</summary>
/// <remarks>
/// pixels [B, 3, H, W] → [B, D]. Field names are transformers' keys; <see cref="DinoWeights"/> reads the official ones too.
/// </remarks>
internal sealed class DinoVisionTransformer : Module<Tensor, Tensor>
{
    private readonly DinoEmbeddings embeddings;
    private readonly DinoEncoder encoder;
    private readonly LayerNorm layernorm;

    public DinoVisionTransformer(DinoConfig config)
        : base(nameof(DinoVisionTransformer))
    {
        Config = config;
        embeddings = new(config);
        encoder = new(config);
        layernorm = LayerNorm(config.Width, config.Eps);
        RegisterComponents();
    }

    public DinoConfig Config { get; }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return layernorm.call(encoder.call(embeddings.call(pixels)).select(1, 0)).MoveToOuterDisposeScope();
    }
}

internal sealed class DinoEmbeddings : Module<Tensor, Tensor>
{
    private readonly int _side, _patch;
    private readonly Parameter cls_token, position_embeddings;
    private readonly DinoPatchEmbeddings patch_embeddings;

    public DinoEmbeddings(DinoConfig config)
        : base(nameof(DinoEmbeddings))
    {
        _side = config.ImageSize / config.PatchSize;
        _patch = config.PatchSize;
        cls_token = (Parameter)Parameter(NewTensor.Zeros([1, 1, config.Width], ScalarType.Float32, CPU)).DetachFromDisposeScope();
        position_embeddings = (Parameter)Parameter(NewTensor.Zeros([1, 1 + (_side * _side), config.Width], ScalarType.Float32, CPU))
            .DetachFromDisposeScope();
        patch_embeddings = new(config);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var tokens = cat([cls_token.expand(pixels.shape[0], -1, -1), patch_embeddings.call(pixels)], 1);
        return tokens.Plus(Positions(pixels.shape[2], pixels.shape[3])).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The table, resized bicubically for pictures of another size; the official code adds 0.1 cells to the scale, and so do we.
    /// </summary>
    private Tensor Positions(long height, long width)
    {
        var (rows, columns) = (height / _patch, width / _patch);
        if (rows == _side && columns == _side) return position_embeddings.alias();

        using var scope = NewDisposeScope();
        var grid = position_embeddings[.., 1..].view(1, _side, _side, -1).permute(0, 3, 1, 2);
        var resized = F.interpolate(
            grid, scale_factor: [(rows + 0.1) / _side, (columns + 0.1) / _side], mode: InterpolationMode.Bicubic, align_corners: false);
        return cat([position_embeddings[.., ..1], resized.flatten(2).transpose(1, 2)], 1).MoveToOuterDisposeScope();
    }
}

internal sealed class DinoPatchEmbeddings : Module<Tensor, Tensor>
{
    private readonly Conv2d projection;

    public DinoPatchEmbeddings(DinoConfig config)
        : base(nameof(DinoPatchEmbeddings))
    {
        projection = Conv2d(3, config.Width, kernel_size: config.PatchSize, stride: config.PatchSize);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return projection.call(pixels).flatten(2).transpose(1, 2).MoveToOuterDisposeScope();
    }
}

internal sealed class DinoEncoder : Module<Tensor, Tensor>
{
    private readonly ModuleList<DinoLayer> layer = [];

    public DinoEncoder(DinoConfig config)
        : base(nameof(DinoEncoder))
    {
        for (var i = 0; i < config.Depth; i++) layer.Add(new(config));
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var x = tokens.alias();
        foreach (var block in layer) x = block.call(x);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Pre-LayerNorm transformer layer with exact GELU.</summary>
internal sealed class DinoLayer : Module<Tensor, Tensor>
{
    private readonly LayerNorm layernorm_before, layernorm_after;
    private readonly DinoAttention attention;
    private readonly DinoDense intermediate, output;

    public DinoLayer(DinoConfig config)
        : base(nameof(DinoLayer))
    {
        layernorm_before = LayerNorm(config.Width, config.Eps);
        attention = new(config);
        layernorm_after = LayerNorm(config.Width, config.Eps);
        intermediate = new(config.Width, config.Intermediate);
        output = new(config.Intermediate, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var x = tokens.Plus(attention.call(layernorm_before.call(tokens)));
        return x.Plus(output.call(F.gelu(intermediate.call(layernorm_after.call(x))))).MoveToOuterDisposeScope();
    }
}

internal sealed class DinoAttention : Module<Tensor, Tensor>
{
    private readonly DinoSelfAttention attention;
    private readonly DinoDense output;

    public DinoAttention(DinoConfig config)
        : base(nameof(DinoAttention))
    {
        attention = new(config);
        output = new(config.Width, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return output.call(attention.call(tokens)).MoveToOuterDisposeScope();
    }
}

internal sealed class DinoSelfAttention : Module<Tensor, Tensor>
{
    private readonly long _heads;
    private readonly Linear query, key, value;

    public DinoSelfAttention(DinoConfig config)
        : base(nameof(DinoSelfAttention))
    {
        _heads = config.Heads;
        query = Linear(config.Width, config.Width);
        key = Linear(config.Width, config.Width);
        value = Linear(config.Width, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        var attended = F.scaled_dot_product_attention(Split(query.call(tokens)), Split(key.call(tokens)), Split(value.call(tokens)));
        return attended.transpose(1, 2).flatten(2).MoveToOuterDisposeScope();

        Tensor Split(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);
    }
}

/// <summary>A linear layer one level down: transformers' keys say <c>output.dense.weight</c>.</summary>
internal sealed class DinoDense : Module<Tensor, Tensor>
{
    private readonly Linear dense;

    public DinoDense(long inputs, long outputs)
        : base(nameof(DinoDense))
    {
        dense = Linear(inputs, outputs);
        RegisterComponents();
    }

    public override Tensor forward(Tensor tokens) => dense.call(tokens);
}
