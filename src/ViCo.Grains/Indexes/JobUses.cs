using System.Text.Json;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Indexes;

/// <summary>What jobs used that are deleted: their use outlives them, and nothing else of them does.</summary>
internal sealed class JobUses(IBlobStore blobs, TenantId tenant)
{
    private readonly Dictionary<string, JobUse> _read = [];

    /// <summary>Notes what a job used that is about to be forgotten. Again changes nothing.</summary>
    public static async Task KeepAsync(IBlobStore blobs, TenantId tenant, JobUse job)
    {
        if (job.Uses.Count == 0) return;
        await blobs.WriteAsync(BlobNames.Used(tenant, job.Job),
            JsonSerializer.SerializeToUtf8Bytes(job with { Open = false, StoredBytes = 0 }, GrainJson.Options));
    }

    /// <summary>All of them. What was read before is remembered: it does not change.</summary>
    public async Task<IReadOnlyDictionary<string, JobUse>> ListAsync()
    {
        await foreach (var entry in blobs.ListAsync(BlobNames.AllUsed(tenant)))
        {
            if (_read.ContainsKey(entry.Name) || await blobs.ReadAsync(entry.Name) is not { } blob) continue;
            try
            {
                if (JsonSerializer.Deserialize<JobUse>(blob.Content.Span, GrainJson.Options) is { Job: not null, Uses: not null } job)
                    _read[entry.Name] = job;
            }
            catch (JsonException)
            {
                // What this one used is not counted; nothing else is refused for it.
            }
        }
        return _read.Values.ToDictionary(job => job.Job);
    }

    /// <summary>Summed by day, concept, end user, kind and class of device, oldest first.</summary>
    public static IReadOnlyList<UseRow> Sum(IEnumerable<JobUse> jobs, DateOnly since, DateOnly until) =>
    [
        .. jobs.SelectMany(job => job.Uses.Where(use => use.Day >= since && use.Day <= until).Select(use => (Job: job, Use: use)))
            .GroupBy(one => (one.Use.Day, one.Job.Concept, one.Job.User, one.Job.Kind, one.Use.Device))
            .Select(group => new UseRow(group.Key.Day, group.Key.Concept, group.Key.User, group.Key.Kind, group.Key.Device,
                group.Select(one => one.Job.Job).Distinct().Count(), group.Sum(one => one.Use.Seconds)))
            .OrderBy(row => row.Day).ThenBy(row => row.Concept, StringComparer.Ordinal).ThenBy(row => row.User, StringComparer.Ordinal)
            .ThenBy(row => row.Kind, StringComparer.Ordinal),
    ];
}
