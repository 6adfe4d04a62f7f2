namespace ViCo.Grains.Jobs;

/// <param name="Accepted">False: the attempt is old or the job has ended.</param>
/// <param name="OlderResume">For the case that the blob of <paramref name="Resume"/> does not read.</param>
/// <param name="NextBatch">The number that the attempt's first <see cref="IJobGrain.Append"/> carries.</param>
/// <param name="ImagesDone">Pictures that earlier attempts told of.</param>
[GenerateSerializer, Immutable, Alias("vico.start-result")]
public sealed record StartResult(
    [property: Id(0)] bool Accepted, [property: Id(1)] JobSpec? Spec, [property: Id(2)] ResumeBlob? Resume,
    [property: Id(3)] ResumeBlob? OlderResume, [property: Id(4)] long NextBatch, [property: Id(5)] IReadOnlyList<string> ImagesDone);
