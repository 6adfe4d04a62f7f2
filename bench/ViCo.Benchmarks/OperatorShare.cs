namespace ViCo.Benchmarks;

/// <param name="Seconds">A step's, mean over the steps measured.</param>
/// <param name="GigaFlop">Billions of multiplications and additions counted from shapes; 0 where nobody counts.</param>
public sealed record OperatorShare(OperatorKind Kind, double Seconds, double GigaFlop);
