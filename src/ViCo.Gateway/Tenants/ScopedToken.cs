using System.Globalization;
using System.Security.Claims;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>What a short-lived token stands for: a part of what its key may see.</summary>
internal enum ScopeKind
{
    /// <summary>Live events of one job.</summary>
    Job,

    /// <summary>Live events of one concept's jobs.</summary>
    Concept,

    /// <summary>Live events of the jobs for one end user.</summary>
    User,

    /// <summary>The picture or photo at one address.</summary>
    Path,
}

/// <summary>The part of a tenant that a caller may see.</summary>
internal sealed record TokenScope(ScopeKind Kind, string Value)
{
    /// <summary>Whether a caller may follow a job: with a key or a cookie every one of the tenant.</summary>
    public static bool Allows(ClaimsPrincipal user, JobView job) => Of(user) is not { } scope || scope.Kind switch
    {
        ScopeKind.Job => job.Id == scope.Value,
        ScopeKind.Concept => job.ConceptId == scope.Value,
        ScopeKind.User => job.User == scope.Value,
        _ => false,
    };

    /// <summary>Null: all of the tenant.</summary>
    public static TokenScope? Of(ClaimsPrincipal user) =>
        user.FindFirst(GatewayClaims.Scope)?.Value.Split(':', 2) is [var kind, var value] ? new(Enum.Parse<ScopeKind>(kind), value) : null;

    /// <summary>A stream ends when the token that opened it does.</summary>
    public static CancellationTokenSource UntilExpiry(ClaimsPrincipal user, TimeProvider clock, CancellationToken cancellationToken)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (long.TryParse(user.FindFirst(GatewayClaims.Expires)?.Value, CultureInfo.InvariantCulture, out var expires))
            source.CancelAfter(TimeSpan.FromSeconds(Math.Max(0, expires - clock.GetUtcNow().ToUnixTimeSeconds())));
        return source;
    }

    public override string ToString() => $"{Kind}:{Value}";
}

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
