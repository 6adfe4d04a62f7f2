namespace ViCo.Grains.Quotas;

/// <summary>How much a tenant may use. What is not there is as the installation's <see cref="QuotaOptions"/> say.</summary>
/// <param name="RequestsPerSecond">At each gateway, on average over ten seconds.</param>
/// <param name="OpenJobs">Jobs that wait or run.</param>
/// <param name="OpenJobsPerUser">The same of each end user.</param>
/// <param name="GpuSecondsPerDay">Of devices' time in a day (UTC); what runs goes on, and nothing more is taken.</param>
/// <param name="GpuSecondsPerDayPerUser">The same of each end user.</param>
/// <param name="StoredBytes">Of photos, checkpoints, pictures, previews and resume points.</param>
/// <param name="Photos">Of all concepts.</param>
/// <param name="LargestJob">Of one training steps × batch × pixels, of one drawing pictures × steps × pixels.</param>
[GenerateSerializer, Immutable, Alias("vico.tenant-quotas")]
public sealed record TenantQuotas(
    [property: Id(0)] int? RequestsPerSecond = null, [property: Id(1)] int? OpenJobs = null, [property: Id(2)] int? OpenJobsPerUser = null,
    [property: Id(3)] double? GpuSecondsPerDay = null, [property: Id(4)] double? GpuSecondsPerDayPerUser = null,
    [property: Id(5)] long? StoredBytes = null, [property: Id(6)] int? Photos = null, [property: Id(7)] double? LargestJob = null)
{
    /// <summary>With others' numbers where it has none.</summary>
    public TenantQuotas Over(TenantQuotas others) => new(
        RequestsPerSecond ?? others.RequestsPerSecond, OpenJobs ?? others.OpenJobs, OpenJobsPerUser ?? others.OpenJobsPerUser,
        GpuSecondsPerDay ?? others.GpuSecondsPerDay, GpuSecondsPerDayPerUser ?? others.GpuSecondsPerDayPerUser,
        StoredBytes ?? others.StoredBytes, Photos ?? others.Photos, LargestJob ?? others.LargestJob);
}
