namespace ViCo.Gateway.Idempotency;

/// <param name="Command">Id of what it makes.</param>
/// <param name="Status">Of the answer; 0: somebody is at it, or was.</param>
/// <param name="Beats">Rises while somebody is at it.</param>
/// <param name="Open">It broke off, and nobody knows what was done: whoever comes next may go on.</param>
internal sealed record StoredAnswer(
    string Fingerprint, string Command, DateTimeOffset Begun, int Status = 0, string? ContentType = null, string? Location = null,
    byte[]? Body = null,
    long Beats = 0, bool Open = false);
