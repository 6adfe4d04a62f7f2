using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Concepts;

/// <summary>The jobs of a concept that have not ended, with the blobs that each was asked to work from.</summary>
/// <remarks>
/// Trainings stand in the concept's record before they exist. Drawings do not: from the moment when it is settled what one works from
/// until it exists, it is remembered here.
/// </remarks>
internal sealed class JobsUnderWay(IGrainFactory grains, TenantId tenant, string conceptId)
{
    private readonly Dictionary<string, IReadOnlyList<string>> _coming = [];

    /// <summary>A drawing that is about to be submitted.</summary>
    public void Expect(string jobId, SamplingJob job) => _coming[jobId] = BlobsOf(job);

    /// <summary>It exists now, or never will.</summary>
    public void Came(string jobId) => _coming.Remove(jobId);

    public async Task<IReadOnlyList<(string Id, IReadOnlyList<string> Blobs)>> FindAsync(ConceptRecord concept)
    {
        HashSet<string> ids = [.. concept.Runs!.Where(r => r.Ended is null).Select(r => r.NewestJob)];
        var index = grains.GetGrain<IIndexGrain>(IndexKeys.Jobs(tenant, conceptId));
        for (string? cursor = null; ;)
        {
            var page = await index.Read(new(200, cursor) { States = [JobState.Queued, JobState.Running] });
            ids.UnionWith(page.Entries.Select(e => e.Id));
            if ((cursor = page.Next) is null) break;
        }
        List<(string, IReadOnlyList<string>)> living = [];
        foreach (var jobId in ids) living.Add((jobId, await NeedsAsync(jobId, concept)));
        return [.. living, .. _coming.Select(coming => (coming.Key, coming.Value))];
    }

    private async Task<IReadOnlyList<string>> NeedsAsync(string jobId, ConceptRecord concept)
    {
        try
        {
            return await grains.GetGrain<IJobGrain>(tenant.Key(jobId)).GetSpec() is { } spec
                ? BlobsOf(spec)
                // The training is noted and does not exist yet: it needs what its run learns from.
                : [.. (concept.RunOfJob(jobId)?.Photos ?? []).Select(p => p.Blob)];
        }
        catch (DamagedBlobException)
        {
            // Nobody can run it any more.
            return [];
        }
    }

    /// <summary>What a job works from.</summary>
    public static IReadOnlyList<string> BlobsOf(JobSpec spec)
    {
        IEnumerable<string?> names = spec switch
        {
            TrainingJob training => training.PhotoBlobs.Concat((training.Others ?? []).SelectMany(o => o.PhotoBlobs))
                .Append(training.From?.Blob),
            SamplingJob sampling => sampling.ReferenceBlobs.Append(sampling.CheckpointBlob)
                .Concat((sampling.Loras ?? []).Select(lora => lora.Blob)),
            _ => [],
        };
        return [.. names.OfType<string>()];
    }
}
