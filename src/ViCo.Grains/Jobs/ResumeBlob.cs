namespace ViCo.Grains.Jobs;

/// <summary>Where a resume point is stored.</summary>
/// <param name="Step">Steps done at this point.</param>
[GenerateSerializer, Immutable, Alias("vico.resume-point")]
public sealed record ResumeBlob([property: Id(0)] int Step, [property: Id(1)] string Blob, [property: Id(2)] string Digest,
    [property: Id(3)] long Bytes = 0);
