
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

/// <param name="Seconds">A step's, mean over the steps measured.</param>
/// <param name="GigaFlop">Billions of multiplications and additions counted from shapes; 0 where nobody counts.</param>
public sealed record OperatorShare(OperatorKind Kind, double Seconds, double GigaFlop);

/// <summary>One step, taken apart.</summary>
/// <param name="Step">What it is a step of.</param>
/// <param name="Shares">By kind.</param>
public sealed record OperatorTable(string Step, IReadOnlyList<OperatorShare> Shares)
{
    /// <summary>Seconds of the whole step.</summary>
    public double Seconds => Shares.Sum(s => s.Seconds);

    /// <summary>Counted work of the whole step.</summary>
    public double GigaFlop => Shares.Sum(s => s.GigaFlop);
}
