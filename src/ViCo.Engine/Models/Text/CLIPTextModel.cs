namespace ViCo.Engine.Models.Text;

/// <summary>CLIP's text tower; its last hidden states, after the final LayerNorm, are what a U-Net attends to. Radford et al. 2021.</summary>
/// <remarks>
/// ids [B, T] int64 → [B, T, D]. The id <c>vocabulary size + k</c> stands for row k of the placeholders that a pass has for its text, which
/// takes the place of a token embedding before positions are added; gradients flow to it, in its own number type. Padding is
/// attended to, as CLIP does.
/// </remarks>
internal sealed class CLIPTextModel : Module<Tensor, Adaptation?, Tensor>
{
    private readonly CLIPTextTransformer text_model;

    /// <param name="device">As for the U-Net.</param>
    public CLIPTextModel(CLIPTextConfig config, Device? device = null)
        : base(nameof(CLIPTextModel))
    {
        Config = config;
        text_model = new(config, device);
        RegisterComponents();
    }

    public CLIPTextConfig Config { get; }

    public override Tensor forward(Tensor ids, Adaptation? pass) => text_model.call(ids, pass);

    /// <summary>The token embeddings [n, D] of ordinary ids, before positions; a copy.</summary>
    public Tensor TokenEmbeddings(IReadOnlyList<int> ids) => text_model.TokenEmbeddings(ids);
}

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
        return tokens.Plus(position_embedding.call(TensorArithmetic.Counting(0, ids.shape[1], ScalarType.Int64, ids.device))).MoveToOuterDisposeScope();
    }

    public Tensor Tokens(IReadOnlyList<int> ids) => token_embedding.call(tensor([.. ids.Select(i => (long)i)], device: token_embedding.Device));
}

/// <summary>A table of embeddings, looked up by id.</summary>
internal sealed class EmbeddingTable : Module<Tensor, Tensor>
{
    private Parameter weight;

    public EmbeddingTable(long count, long width, Device? device = null)
        : base(nameof(EmbeddingTable))
    {
        weight = (Parameter)Parameter(zeros(count, width, device: device)).DetachFromDisposeScope();
        RegisterComponents();
    }

    public Device Device => weight.device;

    /// <summary>Takes other numbers, made from the present ones' shape.</summary>
    public void Replace(Func<Tensor, Parameter> numbers)
    {
        var replacement = (Parameter)numbers(weight).DetachFromDisposeScope();
        weight.Dispose();
        weight = replacement;
        ConditionallyRegisterParameter(nameof(weight), weight);
    }

    public override Tensor forward(Tensor ids) => Rows(weight, ids);

    /// <summary>ids of any shape → shape + [D].</summary>
    public static Tensor Rows(Tensor table, Tensor ids)
    {
        using var scope = NewDisposeScope();
        return table.index_select(0, ids.flatten()).view([.. ids.shape, table.shape[^1]]).MoveToOuterDisposeScope();
    }
}
