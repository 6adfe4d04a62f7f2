namespace ViCo.Options;

/// <summary>What a drawing may add of other concepts' low-rank pairs (LoRA).</summary>
public static class LoraBounds
{
    /// <summary>How many concepts.</summary>
    public const int Most = 8;

    /// <summary>The furthest that a weight may be from 0; 1 is as they were trained.</summary>
    public const double MostWeight = 10;
}
