namespace ViCo.Grains.Indexes;

/// <summary>What jobs of one kind used of one class of devices on one day (UTC), for one concept and end user.</summary>
/// <param name="Kind"><c>training</c> or <c>sampling</c>.</param>
/// <param name="Jobs">How many.</param>
[GenerateSerializer, Immutable, Alias("vico.use-row")]
public sealed record UseRow(
    [property: Id(0)] DateOnly Day, [property: Id(1)] string Concept, [property: Id(2)] string? User, [property: Id(3)] string Kind,
    [property: Id(4)] string? Device, [property: Id(5)] int Jobs, [property: Id(6)] double GpuSeconds);
