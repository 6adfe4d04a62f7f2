namespace ViCo.Benchmarks;

/// <summary>What a step's time goes into.</summary>
public enum OperatorKind
{
    /// <summary>All else: residual sums, joined skips, layout changes, sampling arithmetic, the time between.</summary>
    Other,

    /// <summary>2-D convolutions.</summary>
    Convolution,

    /// <summary>Matrix products with weights.</summary>
    Linear,

    /// <summary>Products of queries, keys and values, with what lies between projections.</summary>
    Attention,

    /// <summary>GroupNorm and LayerNorm.</summary>
    Norm,

    /// <summary>SiLU and gated GELU.</summary>
    Activation,

    /// <summary>Masks from attention maps.</summary>
    Otsu,

    /// <summary>AdamW.</summary>
    Optimizer,
}
