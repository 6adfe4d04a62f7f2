namespace ViCo.Grains.Tenants;

/// <summary>Who calls: what a key or a signed-in browser stands for just now.</summary>
/// <param name="Credential">By which the tenant knows it again, without its secret: a key's id or a session's.</param>
/// <param name="KeyId">The key, which of a session is the one it signed in with.</param>
/// <param name="Suspended">The tenant is: it may nothing of it.</param>
/// <param name="Expires">When it ends unless it is ended before.</param>
[GenerateSerializer, Immutable, Alias("vico.caller")]
public sealed record Caller(
    [property: Id(0)] string Credential, [property: Id(1)] string KeyId, [property: Id(2)] KeyRole Role, [property: Id(3)] Grants Grants,
    [property: Id(4)] bool Suspended = false, [property: Id(5)] DateTimeOffset? Expires = null);
