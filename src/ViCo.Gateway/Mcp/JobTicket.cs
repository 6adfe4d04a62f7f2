using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Mcp;

/// <summary>A job as a tool tells of it. The ticket is its id.</summary>
/// <param name="Ticket">For wait, get_job and, at any time, <c>/jobs/{ticket}</c>.</param>
/// <param name="State"><c>queued</c>, <c>running</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</param>
/// <param name="Done">Whether it has ended.</param>
/// <param name="Images">Addresses of the pictures so far.</param>
internal sealed record JobTicket(
    string Ticket, string Kind, string Concept, string State, bool Done, int Step, int? Steps, double? EtaSeconds, string? Prompt,
    string? Error, IReadOnlyList<string> Images)
{
    public static JobTicket Of(JobView job) => new(
        job.Id, job.Kind, job.ConceptId, $"{job.State}".ToLowerInvariant(), job.Ended is not null, job.Step, job.Steps, job.EtaSeconds,
        job.Prompt, job.Error, [.. job.Images.Select(PictureAddresses.Of)]);
}
