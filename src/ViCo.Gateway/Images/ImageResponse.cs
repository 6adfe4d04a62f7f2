using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Images;

/// <summary>A picture of a list.</summary>
/// <param name="Job">The request that it was drawn for.</param>
/// <param name="Submitted">When that came.</param>
/// <param name="Sampling">What it was drawn with; picture <c>index</c> has seed <c>seed + index</c>.</param>
internal sealed record ImageResponse(
    string Id, string Url, string Job, int Index, string Concept, long Seed, DateTimeOffset Submitted, string? User,
    SamplingSettings Sampling)
{
    public static ImageResponse Of(string id, int index, JobView job) => new(
        id, PictureAddresses.Of(id), job.Id, index, job.ConceptId, job.Sampling!.Seed + index, job.Submitted, job.User, job.Sampling);
}
