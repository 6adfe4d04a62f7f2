using System.Globalization;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Concepts;

/// <summary>
/// The runs of a concept that a version without them stored: each training job's own checkpoints, those
/// included that a later training's step hid.
/// </summary>
internal sealed class FormerRuns(IBlobStore blobs, IGrainFactory grains, TenantId tenant, string conceptId)
{
    public async Task<IReadOnlyList<Run>> FindAsync(ConceptRecord old)
    {
        var blobsOf = await BlobsByJobAsync();
        List<Run> runs = [];
        foreach (var jobId in blobsOf.Keys.Union((old.Checkpoints ?? []).Select(c => c.JobId)))
        {
            if (await RunOfAsync(jobId, blobsOf.GetValueOrDefault(jobId) ?? [], old) is { } run) runs.Add(run);
        }
        return [.. runs.OrderBy(r => r.Created).ThenBy(r => r.Id, StringComparer.Ordinal)];
    }

    /// <summary>The run of a job; null: it trained nothing that is left.</summary>
    private async Task<Run?> RunOfAsync(string jobId, HashSet<string> there, ConceptRecord old)
    {
        var job = grains.GetGrain<IJobGrain>(tenant.Key(jobId));
        try
        {
            var spec = await job.GetSpec();
            if (spec is SamplingJob) return null;
            var checkpoints = await CheckpointsAsync(job, jobId, there, old);
            if (spec is not TrainingJob training) return Unknown(jobId, checkpoints);
            var view = await job.Get();
            return new(jobId, training.Submitted)
            {
                Photos = [.. PhotosOf(training, old)],
                InitWords = [training.InitWord, .. (training.Others ?? []).Select(o => o.InitWord)],
                Settings = training.Settings,
                Checkpoints = checkpoints,
                Ended = view?.Ended is null ? null : view.State,
            };
        }
        catch (DamagedBlobException)
        {
            // What the concept itself knows of it stays.
            return Unknown(jobId, [.. KnownOf(jobId, old).OrderBy(c => c.Step)]);
        }
    }

    private static Run? Unknown(string jobId, IReadOnlyList<Checkpoint> checkpoints) => checkpoints.Count == 0 ? null
        : new(jobId, checkpoints[0].Created) { Checkpoints = checkpoints, Ended = JobState.Canceled };

    private static IEnumerable<Checkpoint> KnownOf(string jobId, ConceptRecord old) =>
        (old.Checkpoints ?? []).Where(c => c.JobId == jobId).Select(c => c with { Run = jobId });

    private async Task<Dictionary<string, HashSet<string>>> BlobsByJobAsync()
    {
        var prefix = BlobNames.Jobs(tenant, conceptId);
        Dictionary<string, HashSet<string>> byJob = [];
        HashSet<string> drawings = [];
        await foreach (var blob in blobs.ListAsync(prefix))
        {
            var jobId = blob.Name[prefix.Length..].Split('/')[0];
            // A job that left a picture is no training, so most jobs of a long history need not be read.
            if (blob.Name.Contains("/images/", StringComparison.Ordinal)) drawings.Add(jobId);
            if (!byJob.TryGetValue(jobId, out var names)) byJob.Add(jobId, names = []);
            if (blob.Name.Contains("/checkpoints/", StringComparison.Ordinal)) names.Add(blob.Name);
        }
        foreach (var drawing in drawings) byJob.Remove(drawing);
        return byJob;
    }

    /// <summary>What the job's log tells of and still lies there; the concept's own list says what the log may have lost.</summary>
    private async Task<IReadOnlyList<Checkpoint>> CheckpointsAsync(IJobGrain job, string jobId, HashSet<string> there, ConceptRecord old)
    {
        var found = KnownOf(jobId, old).ToDictionary(c => c.Step);
        for (var seq = 0L; there.Count > 0;)
        {
            var page = await job.ReadEvents(seq, 1000);
            foreach (var e in page.Events)
            {
                seq = e.Seq;
                if (e.Data is not CheckpointSaved saved) continue;
                var blob = BlobNames.Checkpoint(BlobNames.Attempt(tenant, conceptId, jobId, e.Attempt), saved.Step);
                if (there.Contains(blob)) found.TryAdd(saved.Step, new(saved.Step, blob, saved.Digest, saved.Bytes, jobId, e.Time, jobId));
            }
            if (page.Events.Count == 0) break;
        }
        return [.. found.Values.OrderBy(c => c.Step)];
    }

    /// <summary>The photos it learned from; of those that left the concept only the name of the blob is known.</summary>
    private static IEnumerable<Photo> PhotosOf(TrainingJob training, ConceptRecord old)
    {
        IReadOnlyList<string>[] objects = [training.PhotoBlobs, .. (training.Others ?? []).Select(o => o.PhotoBlobs)];
        return objects.SelectMany((names, k) => names.Select(blob => old.Photos.FirstOrDefault(p => p.Blob == blob)
            ?? new Photo(Path.GetFileNameWithoutExtension(blob), string.Create(CultureInfo.InvariantCulture, $"photo {k + 1}"), 0, 0, 0,
                blob, [], k)));
    }
}
