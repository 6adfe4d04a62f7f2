namespace ViCo.Engine.Models;

/// <summary>Two GroupNorm → SiLU → conv stages; in a U-Net the timestep embedding is added between them.</summary>
/// <remarks>
/// hidden [B, Cin, H, W], temb [B, D] after the SiLU that all blocks of a pass share, or null → [B, Cout,
/// H, W]. Ho et al. 2020 (DDPM), appendix B.
/// </remarks>
internal sealed class ResnetBlock2D : Module<Tensor, Tensor?, Tensor>
{
    private readonly GroupNorm norm1, norm2;            // field names are the checkpoint's parameter names
    private readonly Conv2d conv1, conv2;
    private readonly Linear? time_emb_proj;
    private readonly Conv2d? conv_shortcut;

    /// <param name="timeEmbedDim">Width of temb; null for a block without timesteps (the autoencoder's).</param>
    public ResnetBlock2D(long inChannels, long outChannels, long? timeEmbedDim, Normalization norm, Device? device = null)
        : base(nameof(ResnetBlock2D))
    {
        norm1 = GroupNorm(norm.Groups, inChannels, norm.Eps, device: device);
        conv1 = Conv2d(inChannels, outChannels, kernel_size: 3, padding: 1, device: device);
        time_emb_proj = timeEmbedDim is { } width ? Linear(width, outChannels, device: device) : null;
        norm2 = GroupNorm(norm.Groups, outChannels, norm.Eps, device: device);
        conv2 = Conv2d(outChannels, outChannels, kernel_size: 3, padding: 1, device: device);
        conv_shortcut = inChannels == outChannels ? null : Conv2d(inChannels, outChannels, kernel_size: 1, device: device);
        RegisterComponents();
    }

    /// <summary>As <c>forward</c>, in a pass.</summary>
    public Tensor Run(Tensor hidden, Tensor temb, Adaptation? pass) =>
        pass?.Recomputes == true ? Recomputation.Of(given => [call(given[0], given[1])], hidden, temb)[0] : call(hidden, temb);

    /// <summary>As <c>forward</c>, in a pass, of two maps joined on channels.</summary>
    public Tensor Run(Tensor hidden, Tensor skip, Tensor temb, Adaptation? pass)
    {
        return pass?.Recomputes == true ? Recomputation.Of(given => [Joined(given[0], given[1], given[2])], hidden, skip, temb)[0]
            : Joined(hidden, skip, temb);

        Tensor Joined(Tensor a, Tensor b, Tensor t)
        {
            using var scope = NewDisposeScope();
            return call(cat([a, b], 1), t).MoveToOuterDisposeScope();
        }
    }

    /// <summary>As <c>forward</c> without timesteps, in <see cref="Vae.Strips"/>.</summary>
    public Tensor InStrips(Tensor hidden)
    {
        using var scope = NewDisposeScope();
        var h = Vae.Strips.Convolve(norm1, conv1, hidden);
        return Vae.Strips.Convolve(norm2, conv2, h, conv_shortcut is null ? hidden : Vae.Strips.Convolve(conv_shortcut, hidden))
            .MoveToOuterDisposeScope();
    }

    public override Tensor forward(Tensor hidden, Tensor? temb)
    {
        using var scope = NewDisposeScope();
        var h = conv1.Convolve(Activation.Silu(norm1.call(hidden)));
        if (time_emb_proj is not null) h.AddInPlace(time_emb_proj.call(temb!).unsqueeze_(-1).unsqueeze_(-1));    // [B, Cout, 1, 1]
        h = conv2.Convolve(Activation.Silu(norm2.call(h)));
        return h.AddInPlace(conv_shortcut?.Convolve(hidden) ?? hidden).MoveToOuterDisposeScope();
    }
}
