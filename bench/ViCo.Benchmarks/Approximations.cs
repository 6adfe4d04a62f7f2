namespace ViCo.Benchmarks;

/// <summary>What the engine can do beside <see cref="Changes.All"/>; its numbers are others by design, or by rounding.</summary>
[Flags]
public enum Approximations
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The frozen networks in bfloat16: a second base model from the same files.</summary>
    BFloat16 = 1,

    /// <summary>Half of the finest blocks' tokens merged away in self-attention (ToMe).</summary>
    TokenMerging = 2,

    /// <summary>The U-Net's convolutions by channels last: a second base model, whose weights are no longer the mapped files.</summary>
    ChannelsLast = 4,
}
