namespace ViCo.Engine.Models;

/// <summary>A layer of a base model in which guests can take part, by the name that other programs' files have for it.</summary>
/// <param name="Network"><see cref="OfUNet"/> or <see cref="OfText"/>.</param>
/// <param name="Path">Its module's, as in diffusers: <c>mid_block.attentions.0.transformer_blocks.0.attn2.to_k</c>.</param>
/// <param name="Layer">A <see cref="Projection"/>, or a convolution of 1 × 1 before or after a transformer block.</param>
internal sealed record NetworkLayer(string Network, string Path, Module Layer)
{
    public const string OfUNet = "unet", OfText = "text_encoder";

    /// <summary>The frozen weight [out, in] or [out, in, 1, 1].</summary>
    public Parameter Weight => Layer is Conv2d convolution ? (Parameter)convolution.weight : ((Projection)Layer).Weight;

    /// <summary>The frozen bias [out], or null.</summary>
    public Parameter? Bias => Layer is Conv2d convolution ? (Parameter?)convolution.bias : ((Projection)Layer).Bias;

    /// <summary>Whether its input is a map [B, C, h, w] and not tokens.</summary>
    public bool TakesMaps => Layer is Conv2d;

    /// <summary>The layer with another weight [out, in] or [out, in, 1, 1] and its own bias.</summary>
    public Func<Tensor, Tensor> With(Tensor weight) => input =>
    {
        using var scope = NewDisposeScope();
        var (own, bias) = (weight.As(input.dtype), Bias?.As(input.dtype));
        return (TakesMaps ? F.conv2d(input, own, bias) : F.linear(input, own, bias)).MoveToOuterDisposeScope();
    };

    /// <summary>Whether the path ends in these segments.</summary>
    public bool EndsIn(string segments) => Path == segments || Path.EndsWith($".{segments}", StringComparison.Ordinal);

    /// <summary>All of both networks, in the order of execution within each.</summary>
    public static IReadOnlyList<NetworkLayer> Of(BaseModel model) =>
        [.. In(OfUNet, model.UNet), .. In(OfText, model.TextEncoder)];

    private static IEnumerable<NetworkLayer> In(string network, Module root) => root.named_modules()
        .Where(m => m.module is Projection || (m.module is Conv2d && (m.name.EndsWith(".proj_in", StringComparison.Ordinal)
            || m.name.EndsWith(".proj_out", StringComparison.Ordinal))))
        .Select(m => new NetworkLayer(network, m.name, m.module));
}
