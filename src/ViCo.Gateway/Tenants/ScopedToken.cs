using System.Globalization;

namespace ViCo.Gateway.Tenants;

/// <summary>A token's content: its key, so that revoking the key ends it, what it may see, and until when.</summary>
internal sealed record ScopedToken(Credential Credential, TokenScope Scope, DateTimeOffset Expires)
{
    public string Write() => string.Join('\n', Credential.Tenant, Credential.KeyId, Credential.SecretHash, Scope,
        Expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    public static ScopedToken? Read(string text) =>
        text.Split('\n') is [var tenant, var keyId, var hash, var scope, var expires] && scope.Split(':', 2) is [var kind, var value]
            ? new(new(new(tenant), keyId, hash), new(Enum.Parse<ScopeKind>(kind), value),
                DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires, CultureInfo.InvariantCulture)))
            : null;
}
