namespace ViCo.Engine.Models.Vae;

/// <summary>Single-head self-attention over the cells of a map, plus its input.</summary>
internal sealed class VaeAttention : Module<Tensor, Tensor>
{
    private readonly GroupNorm group_norm;
    private readonly Linear to_q, to_k, to_v;
    private readonly ModuleList<Linear> to_out;

    public VaeAttention(int channels, int groups, Device? device = null)
        : base(nameof(VaeAttention))
    {
        group_norm = GroupNorm(groups, channels, VaeMidBlock.Eps, device: device);
        to_q = Linear(channels, channels, device: device);
        to_k = Linear(channels, channels, device: device);
        to_v = Linear(channels, channels, device: device);
        to_out = new(Linear(channels, channels, device: device));
        RegisterComponents();
    }

    public override Tensor forward(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var tokens = group_norm.call(hidden).flatten(2).transpose(1, 2).unsqueeze(1);       // [B, 1, H·W, C]: one head
        var attended = F.scaled_dot_product_attention(to_q.call(tokens), to_k.call(tokens), to_v.call(tokens));
        return to_out[0].call(attended).squeeze(1).transpose(1, 2).reshape(hidden.shape).AddInPlace(hidden).MoveToOuterDisposeScope();
    }
}
