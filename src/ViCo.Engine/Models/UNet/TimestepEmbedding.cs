namespace ViCo.Engine.Models.UNet;

/// <summary>Sinusoids of the timestep, then Linear → SiLU → Linear.</summary>
/// <remarks>timesteps [B] → [B, 4 · channels]. Ho et al. 2020, after Vaswani et al. 2017.</remarks>
internal sealed class TimestepEmbedding : Module<Tensor, Tensor>
{
    private readonly Linear linear_1, linear_2;

    public TimestepEmbedding(long channels, long width, Device? device)
        : base(nameof(TimestepEmbedding))
    {
        linear_1 = Linear(channels, width, device: device);
        linear_2 = Linear(width, width, device: device);
        RegisterComponents();
    }

    public override Tensor forward(Tensor sinusoids)
    {
        using var scope = NewDisposeScope();
        return linear_2.call(Activation.Silu(linear_1.call(sinusoids))).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// [B] → [B, channels]: sine and cosine of t · 10000^(-i / (channels/2 - shift)); cosines first if asked (Stable Diffusion).
    /// </summary>
    public static Tensor Sinusoids(Tensor timesteps, long channels, bool cosineFirst, double frequencyShift)
    {
        using var scope = NewDisposeScope();
        return Sinusoids(timesteps, Frequencies(channels, frequencyShift, timesteps.device), cosineFirst).MoveToOuterDisposeScope();
    }

    /// <summary>[channels / 2]: 10000^(-i / (channels/2 - shift)).</summary>
    public static Tensor Frequencies(long channels, double shift, Device device)
    {
        using var scope = NewDisposeScope();
        var half = channels / 2;
        return exp(TensorArithmetic.Counting(0, half, ScalarType.Float32, device).Times(-Math.Log(10_000) / (half - shift)))
            .MoveToOuterDisposeScope();
    }

    /// <inheritdoc cref="Sinusoids(Tensor, long, bool, double)"/>
    public static Tensor Sinusoids(Tensor timesteps, Tensor frequencies, bool cosineFirst)
    {
        using var scope = NewDisposeScope();
        var angles = timesteps.As(ScalarType.Float32).unsqueeze(-1) * frequencies;
        return cat(cosineFirst ? [angles.cos(), angles.sin()] : [angles.sin(), angles.cos()], -1).MoveToOuterDisposeScope();
    }
}
