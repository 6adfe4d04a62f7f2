namespace ViCo.Cli.Plots;

/// <summary>One line of a chart.</summary>
/// <param name="Points">By rising X; Y from 0 to 1.</param>
internal sealed record Curve(string Name, IReadOnlyList<(double X, double Y)> Points);
