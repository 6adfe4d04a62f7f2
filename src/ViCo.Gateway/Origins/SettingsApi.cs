using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Origins;

/// <summary>What an admin sets for a tenant.</summary>
internal static class SettingsApi
{
    private const int MaxOrigins = 50;

    public static void MapSettings(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/settings").WithTags("Settings").Needs(Grants.SettingsRead);
        group.MapRead("/", Get).WithSummary("The tenant's settings. Admins only.");
        group.MapPatch("/", Change).Needs(Grants.SettingsWrite)
            .WithSummary("Changes the tenant's settings: what is given takes the place of what was. Admins only.")
            .Small().Knows();
    }

    private static async Task<Ok<SettingsResponse>> Get(CurrentTenant tenant, AllowedOrigins origins, IOptions<GatewayOptions> options) =>
        TypedResults.Ok(new SettingsResponse(await origins.GetAsync(tenant.Id), options.Value.AllowedOrigins));

    private static async Task<Results<Ok<SettingsResponse>, ProblemHttpResult>> Change(
        ChangeSettings body, CurrentTenant tenant, AllowedOrigins origins, IOptions<GatewayOptions> options)
    {
        var wanted = body.AllowedOrigins ?? [];
        List<OptionProblem> problems =
        [
            .. wanted.Where(text => text is null || AllowedOrigins.Of(text) is null).Select(text => new OptionProblem("allowedOrigins",
                $"'{text}' is no origin; wanted: scheme, host and port as a browser writes them, such as https://app.example.org.")),
        ];
        if (wanted.Count > MaxOrigins) problems.Add(new("allowedOrigins", $"{wanted.Count} origins came; wanted: at most {MaxOrigins}."));
        if (Problem.Fields(problems) is { } problem) return problem;
        if (body.AllowedOrigins is not null) await origins.SetAsync(tenant.Id,
            [.. wanted.Select(text => AllowedOrigins.Of(text)!).Distinct()]);
        return await Get(tenant, origins, options);
    }
}

/// <summary>What is to be changed; what is not there stays.</summary>
/// <param name="AllowedOrigins">Origins whose pages may call the API for this tenant, such as
/// <c>https://app.example.org</c>; at most 50.</param>
internal sealed record ChangeSettings(IReadOnlyList<string>? AllowedOrigins = null);

/// <param name="AllowedOrigins">The tenant's own.</param>
/// <param name="AlwaysAllowedOrigins">The installation's, for every tenant.</param>
internal sealed record SettingsResponse(IReadOnlyList<string> AllowedOrigins, IReadOnlyList<string> AlwaysAllowedOrigins);
