using System.Globalization;

namespace ViCo.Gateway.Tenants;

/// <summary>A token's content: what it was made with, so that revoking that ends it, what it may see, and until when.</summary>
internal sealed record ScopedToken(Credential Credential, TokenScope Scope, DateTimeOffset Expires)
{
    public string Write() => string.Join('\n', Credential.Home, Credential.Id, Scope,
        Expires.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    public static ScopedToken? Read(string text) =>
        text.Split('\n') is [var home, var id, var scope, var expires] && scope.Split(':', 2) is [var kind, var value]
            ? new(new(new(home), id), new(Enum.Parse<ScopeKind>(kind), value),
                DateTimeOffset.FromUnixTimeSeconds(long.Parse(expires, CultureInfo.InvariantCulture)))
            : null;
}
