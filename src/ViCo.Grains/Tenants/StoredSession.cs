namespace ViCo.Grains.Tenants;

/// <summary>A signed-in browser, kept by the hash of what its cookie holds.</summary>
/// <param name="KeyId">The key it signed in with: what that may, it may, and as long as that holds.</param>
/// <param name="Seen">To a few minutes.</param>
/// <param name="Ends">At the latest.</param>
/// <param name="Idle">It ends that long after it was seen last.</param>
/// <param name="Agent">What the browser said it is.</param>
internal sealed record StoredSession(
    string KeyId, DateTimeOffset Created, DateTimeOffset Seen, DateTimeOffset Ends, TimeSpan Idle, string? Agent)
{
    public bool Stands(DateTimeOffset now) => now < Ends && now - Seen < Idle;
}
