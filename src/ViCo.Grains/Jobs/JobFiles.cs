using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Jobs;

/// <summary>The blobs of a job: where they lie, and which of them go when.</summary>
internal sealed class JobFiles(IBlobStore blobs, TenantId tenant, string jobId)
{
    private const string ResumePoints = "/resume/", Previews = "/previews/";

    /// <summary>What the names of all its blobs begin with.</summary>
    public string PrefixOf(JobSpec spec) => $"{BlobNames.Jobs(tenant, spec.ConceptId)}{jobId}/";

    /// <summary>Where a picture lies.</summary>
    public string BlobOf(JobSpec spec, DrawnImage image) => BlobNames.Image(AttemptOf(spec, image.Attempt), image.Index);

    /// <summary>
    /// Deletes resume points and previews that nothing leads to any more: those of former attempts while the job runs, all once it does
    /// not.
    /// </summary>
    public async Task DropLeftoversAsync(JobRecord job)
    {
        HashSet<string?> kept = [job.Resume?.Blob, job.HasEnded ? null : job.OlderResume?.Blob, job.Preview?.Blob];
        kept.UnionWith(job.Previews.Select(p => p.Blob));
        // Of the running attempt the record may be about to name one more.
        var running = job.State == JobState.Running ? AttemptOf(job.Spec, job.Attempt) : null;
        await foreach (var blob in blobs.ListAsync(PrefixOf(job.Spec)))
        {
            if (kept.Contains(blob.Name) || (running is not null && blob.Name.StartsWith(running, StringComparison.Ordinal))) continue;
            if (blob.Name.Contains(ResumePoints, StringComparison.Ordinal) || blob.Name.Contains(Previews, StringComparison.Ordinal))
                await blobs.DeleteAsync(blob.Name);
        }
    }

    /// <summary>Deletes a picture with its small copies.</summary>
    public async Task DropAsync(JobSpec spec, DrawnImage image)
    {
        await blobs.DeleteAsync(BlobOf(spec, image));
        await foreach (var copy in blobs.ListAsync(BlobNames.Thumbnails(BlobOf(spec, image)))) await blobs.DeleteAsync(copy.Name);
    }

    /// <summary>Deletes everything but <see cref="BlobNames.Submitted"/>: a concept's deletion finds by it what is left.</summary>
    public async Task DropAllAsync(JobSpec spec)
    {
        var submitted = BlobNames.Submitted(tenant, spec.ConceptId, jobId);
        await foreach (var blob in blobs.ListAsync(PrefixOf(spec)))
        {
            if (blob.Name != submitted) await blobs.DeleteAsync(blob.Name);
        }
    }

    private string AttemptOf(JobSpec spec, int attempt) => BlobNames.Attempt(tenant, spec.ConceptId, jobId, attempt);
}
