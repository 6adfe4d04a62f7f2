using System.Diagnostics;

namespace ViCo.Benchmarks;

/// <summary>Wall time and processor time of one piece of work.</summary>
/// <param name="Wall">Seconds on the clock.</param>
/// <param name="Processor">Seconds of all cores together, user and system.</param>
public readonly record struct Timing(double Wall, double Processor);
