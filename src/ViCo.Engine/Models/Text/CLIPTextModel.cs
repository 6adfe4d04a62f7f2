namespace ViCo.Engine.Models.Text;

/// <summary>
/// CLIP's text tower; its last hidden states, after the final LayerNorm, are what a U-Net attends to. Radford et al. 2021.
/// </summary>
/// <remarks>
/// ids [B, T] int64 → [B, T, D]. The id <c>vocabulary size + k</c> stands for row k of the placeholders that a pass has for its text,
/// which takes the place of a token embedding before positions are added; gradients flow to it, in its own number type. Padding is
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
