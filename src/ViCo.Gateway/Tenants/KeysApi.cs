using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Grains.Concepts;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Tenants;

/// <summary>A tenant's keys, and, on routes of the installation, those of operators without a tenant.</summary>
/// <remarks>Nobody gives or takes a key that may more than its own: a key of an operator is an operator's affair.</remarks>
internal static class KeysApi
{
    public const int MaxName = 100, MaxOverlap = 30 * 24 * 60 * 60, DefaultOverlap = 24 * 60 * 60;

    public static void MapKeys(this IEndpointRouteBuilder routes) =>
        Map(routes.MapGroup("/keys").WithTags("Keys"), "keys", "the tenant's keys", Grants.KeysRead, Grants.KeysWrite);

    /// <summary>The same for operators that belong to no tenant.</summary>
    public static void MapOperatorKeys(this IEndpointRouteBuilder routes) =>
        Map(routes.MapGroup("/keys").WithTags("Installation"), "operatorKeys", "the keys of operators without a tenant",
            Grants.TenantsRead, Grants.TenantsWrite);

    private static void Map(RouteGroupBuilder group, string name, string whose, Grants reads, Grants writes)
    {
        group.WithMetadata(new SecretAnswer());
        group.MapRead("/", List).WithName($"{name}List").WithSummary($"All of {whose}, newest first, without their secrets.")
            .Needs(reads);
        group.MapPost("/", Create).WithName($"{name}Create")
            .WithSummary($"Adds one to {whose}. The answer shows it, and nothing shows it again.").Needs(writes).Small().Knows();
        group.MapPost("/{key:id}/rotation", Rotate).WithName($"{name}Rotate")
            .WithSummary($"Puts a new one beside one of {whose}, with its role, scopes, name and expiry; the old one ends a while later.")
            .Needs(writes).Small().Knows();
        group.MapDelete("/{key:id}", Revoke).WithName($"{name}Revoke")
            .WithSummary($"Revokes one of {whose}: within 5 seconds it opens nothing, and what is open through it ends.")
            .Needs(writes).Knows();
    }

    private static async Task<Ok<KeyList>> List(KeyHome home) => TypedResults.Ok(new KeyList(await home.Tenant().GetKeys()));

    private static async Task<Results<Created<CreatedKey>, ProblemHttpResult>> Create(
        CreateKey body, ClaimsPrincipal user, KeyHome home, TimeProvider clock)
    {
        var role = body.Role ?? (home.IsInstallation ? KeyRole.Operator : KeyRole.User);
        List<OptionProblem?> problems =
        [
            NameProblem(body.Name),
            home.IsInstallation && role != KeyRole.Operator ? new("role", "A key of no tenant is an operator's; wanted: operator.") : null,
            body.Expires <= clock.GetUtcNow() ? new("expires", $"Field 'expires' is {body.Expires:O}; wanted: a time to come.") : null,
            .. (body.Scopes ?? []).Where(scope => !Scopes.Knows(scope)).Select(scope => new OptionProblem("scopes",
                $"There is no scope '{scope}'; known: {string.Join(", ", Scopes.Names)}.")),
        ];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return problem;
        if (MoreThan(user, Scopes.Of(role, body.Scopes)) is { } more) return more;

        var key = ApiKey.New(home.Id);
        var made = await home.Tenant().CreateKey(new(key.KeyId, key.SecretHash, role, body.Name, body.Scopes, body.Expires));
        return Problem.Of(made) is { } odd ? odd : TypedResults.Created((string?)null, CreatedKey.Of(key, body.Expires));
    }

    private static async Task<Results<Created<CreatedKey>, ProblemHttpResult>> Rotate(
        string key, RotateKey body, ClaimsPrincipal user, KeyHome home)
    {
        if (Bounds.Check<int>("overlap", body.Overlap, 0, MaxOverlap) is { } problem) return problem;
        if (await FindAsync(key, home) is not { } known) return Problem.NotFound("key", key);
        if (MoreThan(user, Scopes.Of(known.Role, known.Scopes)) is { } more) return more;
        var next = ApiKey.New(home.Id);
        var made = await home.Tenant().RotateKey(key, next.KeyId, next.SecretHash, TimeSpan.FromSeconds(body.Overlap ?? DefaultOverlap));
        return Problem.Of(made) is { } odd ? odd : TypedResults.Created((string?)null, CreatedKey.Of(next, known.Expires));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Revoke(string key, ClaimsPrincipal user, KeyHome home)
    {
        if (await FindAsync(key, home) is not { } known) return Problem.NotFound("key", key);
        if (MoreThan(user, Scopes.Of(known.Role, known.Scopes)) is { } more) return more;
        return Problem.Of(await home.Tenant().RevokeKey(key)) is { } odd ? odd : TypedResults.NoContent();
    }

    private static async Task<KeyView?> FindAsync(string id, KeyHome home) =>
        (await home.Tenant().GetKeys()).FirstOrDefault(key => key.Id == id);

    /// <summary>What is wrong with a name for people, or null.</summary>
    public static OptionProblem? NameProblem(string? name) =>
        name is null ? null
        : name.Trim().Length is 0 or > MaxName
            ? new("name", $"Field 'name' has {name.Length} characters; wanted: 1 to {MaxName} to read.")
        : ReadableText.FaultOfName(name) is { } fault ? new("name", $"Field 'name' {fault}.") : null;

    private static ProblemHttpResult? MoreThan(ClaimsPrincipal user, Grants wanted)
    {
        var lacking = wanted & ~GatewayClaims.GrantsOf(user);
        return lacking == Grants.None ? null : Problem.Of(StatusCodes.Status403Forbidden, "forbidden",
            $"That key may more than yours, which lacks {string.Join(", ", Scopes.NamesOf(lacking))}.");
    }
}
