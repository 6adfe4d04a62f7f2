using ModelContextProtocol.Protocol;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Mcp;

/// <summary>Waits for jobs, and reads their pictures as content.</summary>
internal sealed class JobTickets(JobEventReader reader, IBlobStore blobs, TimeProvider clock)
{
    /// <summary>The job when it has ended, or as it stands after <paramref name="patience"/>; null: there is none.</summary>
    public async Task<JobView?> WaitAsync(CurrentTenant tenant, string jobId, TimeSpan patience, CancellationToken cancellationToken)
    {
        if (await tenant.Job(jobId).Get() is not { } job) return null;
        if (job.Ended is not null) return job;
        using var limit = new CancellationTokenSource(patience, clock);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await foreach (var _ in reader.FollowAsync(tenant, jobId, job.LastSeq, stop.Token))
            {
                // Only its end counts.
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It goes on; the caller asks again.
        }
        return await tenant.Job(jobId).Get();
    }

    /// <summary>A picture as image content; null: it is not there.</summary>
    public async Task<ImageContentBlock?> PictureAsync(CurrentTenant tenant, string image, CancellationToken cancellationToken) =>
        IdConstraint.Fits(image) && ImageId.Parse(image) is var (job, index) && await tenant.Job(job).GetImage(index) is { } file
            && await blobs.ReadAsync(file.Blob, cancellationToken) is { } blob
            ? ImageContentBlock.FromBytes(blob.Content, "image/png") : null;
}
