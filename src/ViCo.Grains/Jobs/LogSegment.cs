namespace ViCo.Grains.Jobs;

/// <summary>Events <c>First</c> to <c>Last</c> lie in a blob named after both: its content is a function of its name.</summary>
internal sealed record LogSegment(long First, long Last);
