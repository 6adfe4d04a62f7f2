using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// What a front-end hands to its users' browsers in place of its key: tokens for live events, signed addresses of pictures.
/// </summary>
internal static class TokensApi
{
    internal const int DefaultSeconds = 3600, MaxPaths = 200;

    public static void MapTokens(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/").WithTags("Browsers elsewhere").WithMetadata(new SecretAnswer()).Needs(Grants.TokensWrite);
        group.MapPost("/tokens", Create)
            .WithSummary(
                "Makes a short-lived token for the live events of one job, one concept or one end user: access_token of hub and streams.")
                .Small().Knows();
        group.MapPost("/signed-urls", Sign)
            .WithSummary("Signs addresses of pictures, photos and previews for a while, so that <img> shows them on any page.").Small()
                .Knows();
    }

    private static async Task<Results<Created<TokenResponse>, ProblemHttpResult>> Create(
        CreateToken body, ClaimsPrincipal user, CurrentTenant tenant, ScopedTokens tokens)
    {
        List<OptionProblem?> problems =
        [
            Bounds.Find<int>("ttl", body.Ttl, ScopedTokens.MinSeconds, ScopedTokens.MaxSeconds),
            EndUser.ProblemOf(body.User) is { } odd ? new("user", odd) : null,
            new[] { body.Job, body.Concept, body.User }.Count(scope => scope is not null) == 1
                ? null : new("job", "A token is for one thing; wanted: one of 'job', 'concept' and 'user'."),
        ];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return problem;
        if (body.Job is { } job && (!IdConstraint.Fits(job) || await tenant.Job(job).Get() is null)) return Problem.NotFound("job", job);
        if (body.Concept is { } concept
            && (!IdConstraint.Fits(concept) || await tenant.Concept(concept).Get() is null)) return Problem.NotFound("concept", concept);

        TokenScope scope = body switch
        {
            { Job: { } one } => new(ScopeKind.Job, one),
            { Concept: { } one } => new(ScopeKind.Concept, one),
            _ => new(ScopeKind.User, body.User!),
        };
        var expires = tokens.ExpiryOf(body.Ttl ?? DefaultSeconds);
        return TypedResults.Created((string?)null,
            new TokenResponse(tokens.Create(GatewayClaims.CredentialOf(user)!, scope, expires), expires));
    }

    private static Results<Ok<SignedUrls>, ProblemHttpResult> Sign(SignUrls body, HttpContext context, ScopedTokens tokens, RoutesAt routes)
    {
        List<OptionProblem?> problems =
        [
            Bounds.Find<int>("ttl", body.Ttl, ScopedTokens.MinSeconds, ScopedTokens.MaxSeconds),
            body.Paths.Count is 0 or > MaxPaths ? new("paths", $"{body.Paths.Count} addresses came; wanted: 1 to {MaxPaths}.") : null,
            .. body.Paths.Where(path => !IsPicture(path)).Select(path => new OptionProblem("paths",
                $"'{path}' is no picture's address; wanted: those of pictures, photos and previews, such as /images/{{id}}?w=256.")),
        ];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return problem;
        var credential = GatewayClaims.CredentialOf(context.User)!;
        var expires = tokens.ExpiryOf(body.Ttl ?? DefaultSeconds);
        return TypedResults.Ok(new SignedUrls([.. body.Paths.Select(Signed)], expires));

        bool IsPicture(string? path) => path?.StartsWith('/') == true
            && routes.Find(context, path.Split('?')[0])
                .Any(route => route.Metadata.GetMetadata<TakesSecret>()?.Name == QuerySecrets.SignatureName);

        SignedUrl Signed(string path)
        {
            var signature = tokens.Create(credential, new(ScopeKind.Path, path.Split('?')[0]), expires);
            return new(path, $"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{QuerySecrets.SignatureName}={signature}");
        }
    }
}

/// <param name="Token">For <c>access_token</c>, or as bearer where headers can be set.</param>
internal sealed record TokenResponse(string Token, DateTimeOffset Expires);

/// <param name="Url">The path with its signature.</param>
internal sealed record SignedUrl(string Path, string Url);

internal sealed record SignedUrls(IReadOnlyList<SignedUrl> Urls, DateTimeOffset Expires);
