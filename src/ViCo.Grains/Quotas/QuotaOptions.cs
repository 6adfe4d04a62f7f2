using System.ComponentModel.DataAnnotations;

namespace ViCo.Grains.Quotas;

/// <summary>How much each tenant may use for which the operator has set nothing else: section <c>ViCo:Quotas</c>.</summary>
public sealed class QuotaOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Quotas";

    /// <summary>Requests per second at each gateway, on average over ten seconds. 1 to 1,000,000; default 2000.</summary>
    [Range(1, 1_000_000)] public int RequestsPerSecond { get; set; } = 2000;

    /// <summary>Jobs that wait or run. 1 to 1,000,000; default 300.</summary>
    [Range(1, 1_000_000)] public int OpenJobs { get; set; } = 300;

    /// <summary>The same of each end user. 1 to 1,000,000; default 100.</summary>
    [Range(1, 1_000_000)] public int OpenJobsPerUser { get; set; } = 100;

    /// <summary>Seconds of devices' time in a day. 1 to 100,000,000; default 86,400: one device, all day.</summary>
    [Range(1, 1e8)] public double GpuSecondsPerDay { get; set; } = 86_400;

    /// <summary>The same of each end user. Default 86,400.</summary>
    [Range(1, 1e8)] public double GpuSecondsPerDayPerUser { get; set; } = 86_400;

    /// <summary>Bytes of what its users have made and can delete. 1 MB to 1 EB; default 100 GB.</summary>
    [Range(1e6, 1e18)] public long StoredBytes { get; set; } = 100_000_000_000;

    /// <summary>Photos of all concepts. 1 to 100,000,000; default 20,000.</summary>
    [Range(1, 100_000_000)] public int Photos { get; set; } = 20_000;

    /// <summary>
    /// Of one training steps × batch × pixels, of one drawing pictures × steps × pixels. 1 to 1e18; default 1.2e11: 100,000 steps of
    /// four photos at 512 × 512.
    /// </summary>
    [Range(1, 1e18)] public double LargestJob { get; set; } = 1.2e11;

    /// <summary>As a tenant's quotas.</summary>
    public TenantQuotas Quotas => new(RequestsPerSecond, OpenJobs, OpenJobsPerUser, GpuSecondsPerDay, GpuSecondsPerDayPerUser, StoredBytes,
        Photos, LargestJob);
}
