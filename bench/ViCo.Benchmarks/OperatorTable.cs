namespace ViCo.Benchmarks;

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
