using ModelContextProtocol.Protocol;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Mcp;

/// <summary>A job as a tool tells of it. The ticket is its id.</summary>
/// <param name="Ticket">For wait, get_job and, at any time, <c>/jobs/{ticket}</c>.</param>
/// <param name="State"><c>queued</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</param>
/// <param name="Done">Whether it has ended.</param>
/// <param name="Images">Addresses of the pictures so far.</param>
internal sealed record JobTicket(
    string Ticket, string Kind, string Concept, string State, bool Done, int Step, int? Steps, double? EtaSeconds, string? Prompt,
    string? Error,
    IReadOnlyList<string> Images)
{
    public static JobTicket Of(JobView job) => new(
        job.Id, job.Kind, job.ConceptId, $"{job.State}".ToLowerInvariant(), job.Ended is not null, job.Step, job.Steps, job.EtaSeconds,
        job.Prompt, job.Error,
        [.. job.Images.Select(id => $"/images/{id}")]);
}

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
