namespace ViCo.Engine.Models;

/// <summary>Activations of tensors that nobody else reads: in their own memory, where no gradient has to find them unchanged.</summary>
internal static class Activation
{
    /// <summary>x · σ(x).</summary>
    public static Tensor Silu(Tensor own) => is_grad_enabled() ? F.silu(own) : own.silu_();

    /// <summary>GELU of the second half of the last dimension, times the first; GELU is the exact one (erf).</summary>
    public static Tensor GatedGelu(Tensor own)
    {
        var halves = own.chunk(2, -1);
        var gate = F.gelu(halves[1]);
        return is_grad_enabled() ? halves[0] * gate : gate.mul_(halves[0]);
    }

    /// <summary>x · σ(1.702 x), which comes near GELU.</summary>
    public static Tensor QuickGelu(Tensor x) => x * x.Times(1.702).sigmoid_();
}
