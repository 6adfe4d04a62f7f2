namespace ViCo.Grains.Webhooks;

/// <summary>A job whose log is read for webhooks.</summary>
/// <param name="Cursor">The last event that was looked at.</param>
/// <param name="Own">The job's own webhook.</param>
internal sealed record FollowedJob(string Job, DateTimeOffset Since, long Cursor = 0, JobWebhook? Own = null);
