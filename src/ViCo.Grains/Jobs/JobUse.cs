namespace ViCo.Grains.Jobs;

/// <summary>What a job used, and for whom.</summary>
/// <param name="Open">Whether it waits or runs.</param>
/// <param name="User">The end user it was made for, or null.</param>
/// <param name="StoredBytes">As in <see cref="JobView"/>.</param>
[GenerateSerializer, Immutable, Alias("vico.job-use")]
public sealed record JobUse(
    [property: Id(0)] string Job, [property: Id(1)] bool Open, [property: Id(2)] string Kind, [property: Id(3)] string Concept,
    [property: Id(4)] string? User, [property: Id(5)] IReadOnlyList<DayUse> Uses, [property: Id(6)] long StoredBytes = 0)
{
    /// <summary>Of a job as it stands.</summary>
    public static JobUse Of(JobView job) =>
        new(job.Id, job.Ended is null, job.Kind, job.ConceptId, job.User, job.Uses, job.StoredBytes);
}
