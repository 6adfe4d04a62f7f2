using ViCo.Engine.Models.Text;

namespace ViCo.Engine.Models.Vision;

/// <summary>CLIP's vision transformer. pixels [B, 3, S, S] → tokens [B, 1 + cells, D], class token first.</summary>
internal sealed class CLIPVisionTransformer : Module<Tensor, Tensor>
{
    private readonly CLIPVisionEmbeddings embeddings;
    private readonly LayerNorm pre_layrnorm, post_layernorm;            // the first one's spelling is the checkpoints'
    private readonly CLIPEncoder encoder;

    public CLIPVisionTransformer(CLIPVisionConfig config)
        : base(nameof(CLIPVisionTransformer))
    {
        embeddings = new(config);
        pre_layrnorm = LayerNorm(config.Encoder.Width, config.Encoder.Eps);
        encoder = new(config.Encoder);
        post_layernorm = LayerNorm(config.Encoder.Width, config.Encoder.Eps);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        return encoder.call(pre_layrnorm.call(embeddings.call(pixels)), null).MoveToOuterDisposeScope();
    }

    /// <summary>The class token through the last LayerNorm, [B, D].</summary>
    public Tensor Pooled(Tensor tokens)
    {
        using var scope = NewDisposeScope();
        return post_layernorm.call(tokens.select(1, 0)).MoveToOuterDisposeScope();
    }
}

internal sealed class CLIPVisionEmbeddings : Module<Tensor, Tensor>
{
    private readonly Parameter class_embedding;
    private readonly Conv2d patch_embedding;
    private readonly EmbeddingTable position_embedding;

    public CLIPVisionEmbeddings(CLIPVisionConfig config)
        : base(nameof(CLIPVisionEmbeddings))
    {
        var (width, side) = (config.Encoder.Width, config.ImageSize / config.PatchSize);
        class_embedding = (Parameter)Parameter(NewTensor.Zeros([width], ScalarType.Float32, CPU)).DetachFromDisposeScope();
        patch_embedding = Conv2d(3, width, kernel_size: config.PatchSize, stride: config.PatchSize, bias: false);
        position_embedding = new(1 + (side * side), width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor pixels)
    {
        using var scope = NewDisposeScope();
        var patches = patch_embedding.call(pixels).flatten(2).transpose(1, 2);
        var tokens = cat([class_embedding.expand(pixels.shape[0], 1, -1), patches], 1);
        return tokens.Plus(position_embedding.First(tokens.shape[1])).MoveToOuterDisposeScope();
    }
}
