namespace ViCo.Engine.Models.Text;

internal sealed class CLIPTextTransformer : Module<Tensor, Adaptation?, Tensor>
{
    private readonly CLIPTextEmbeddings embeddings;
    private readonly CLIPEncoder encoder;
    private readonly LayerNorm final_layer_norm;

    public CLIPTextTransformer(CLIPTextConfig config, Device? device = null)
        : base(nameof(CLIPTextTransformer))
    {
        embeddings = new(config, device);
        encoder = new(config.Encoder, device);
        final_layer_norm = LayerNorm(config.Width, config.Eps, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        return final_layer_norm.call(encoder.call(embeddings.call(ids, pass), pass)).MoveToOuterDisposeScope();
    }

    public Tensor TokenEmbeddings(IReadOnlyList<int> ids) => embeddings.Tokens(ids);
}

internal sealed class CLIPTextEmbeddings : Module<Tensor, Adaptation?, Tensor>
{
    private readonly long _vocabulary;
    private readonly EmbeddingTable token_embedding, position_embedding;

    public CLIPTextEmbeddings(CLIPTextConfig config, Device? device)
        : base(nameof(CLIPTextEmbeddings))
    {
        _vocabulary = config.VocabSize;
        token_embedding = new(config.VocabSize, config.Width, device);
        position_embedding = new(config.MaxPositions, config.Width, device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor ids, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var tokens = token_embedding.call(ids.AtMost(_vocabulary - 1));
        if (pass is { Placeholders: { IsEmpty: false } placeholders })
            tokens = where(ids.Below(_vocabulary).unsqueeze(-1), tokens, placeholders.Lookup(ids, _vocabulary).As(tokens.dtype));
        return tokens.AddInPlace(position_embedding.First(ids.shape[1])).MoveToOuterDisposeScope();
    }

    public Tensor Tokens(IReadOnlyList<int> ids) =>
        token_embedding.call(NewTensor.Of([.. ids.Select(i => (long)i)], token_embedding.Device));
}
