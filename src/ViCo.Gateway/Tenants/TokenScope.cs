using System.Globalization;
using System.Security.Claims;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>The part of a tenant that a caller may see.</summary>
internal sealed record TokenScope(ScopeKind Kind, string Value)
{
    /// <summary>What a token may at most, of what its key may.</summary>
    public Grants Grants => Kind == ScopeKind.Path ? Grants.ConceptsRead | Grants.ImagesRead | Grants.JobsRead : Grants.JobsRead;

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
