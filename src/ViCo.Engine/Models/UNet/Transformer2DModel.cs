namespace ViCo.Engine.Models.UNet;

/// <summary>
/// Spatial transformer: GroupNorm, 1 × 1 convolution, one transformer block over the cells, 1 × 1 convolution, plus the input.
/// </summary>
/// <remarks>[B, C, H, W] → the same; cells become tokens row by row. Rombach et al. 2022, section 3.3.</remarks>
internal sealed class Transformer2DModel : Module<Tensor, AttentionContext, Adaptation?, Tensor>
{
    private readonly int _block;
    private readonly GroupNorm norm;
    private readonly Conv2d proj_in, proj_out;
    private readonly ModuleList<BasicTransformerBlock> transformer_blocks;

    /// <param name="block">Number of this block in the U-Net's order of execution.</param>
    public Transformer2DModel(int block, AttentionShape shape, long groups, Device? device = null)
        : base(nameof(Transformer2DModel))
    {
        var channels = shape.Width;
        _block = block;
        norm = GroupNorm(groups, channels, eps: 1e-6, device: device);
        proj_in = Conv2d(channels, channels, kernel_size: 1, device: device);
        transformer_blocks = new(new BasicTransformerBlock(shape, device));
        proj_out = Conv2d(channels, channels, kernel_size: 1, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden, AttentionContext text, Adaptation? pass)
    {
        using var scope = NewDisposeScope();
        var tokens = proj_in.Convolve(norm.call(hidden), pass).flatten(2).transpose(1, 2);         // [B, H·W, C]
        if (pass is null)
        {
            tokens = transformer_blocks[0].call(tokens, text);
        }
        else
        {
            var merge = pass.Merge(_block, tokens, hidden.shape[2], hidden.shape[3]);
            (tokens, var map) = transformer_blocks[0].Run(tokens, text, pass, pass.MapOf(_block), merge);
            tokens = pass.AfterTextBlock(_block, tokens, map);
        }
        var output = proj_out.Convolve(tokens.transpose(1, 2).reshape(hidden.shape), pass);
        return output.Plus(hidden).MoveToOuterDisposeScope();
    }
}
