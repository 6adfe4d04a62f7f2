using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Grains.Tenants;
using ViCo.Options;

namespace ViCo.Gateway.Tenants;

/// <summary>The installation's tenants, for operators. None of this shows what a tenant has made.</summary>
internal static class TenantsApi
{
    public const double MinWeight = 0.01, MaxWeight = 100;

    private static readonly string[] _query = ["limit", "cursor"];

    public static void MapTenants(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/tenants").WithTags("Installation");
        group.MapPost("/", Create).WithSummary("Makes a tenant. The answer shows its first admin key, and nothing shows it again.")
            .WithMetadata(new SecretAnswer()).Needs(Grants.TenantsWrite).Small().Knows();
        group.MapRead("/", List, _query).WithSummary("The tenants by id, page by page.").Needs(Grants.TenantsRead);
        group.MapRead("/{tenant:id}", Get).WithSummary("A tenant.").Needs(Grants.TenantsRead);
        group.MapPatch("/{tenant:id}", Change)
            .WithSummary("Changes what is given. A suspended tenant's calls are refused; what it stored stays.")
            .Needs(Grants.TenantsWrite).Small().Knows();
    }

    private static async Task<Results<Created<CreatedTenant>, ProblemHttpResult>> Create(CreateTenant body, TenantAccess tenants)
    {
        List<OptionProblem?> problems = [TenantAccess.IdProblem(body.Id), KeysApi.NameProblem(body.Name)];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return problem;
        var key = ApiKey.New(new(body.Id));
        var name = body.Name ?? body.Id;
        var made = await tenants.Of(key.Tenant).Found(name, new(key.KeyId, key.SecretHash, KeyRole.Admin, "first admin"));
        return Problem.Of(made) is { } odd ? odd
            : TypedResults.Created($"/admin/tenants/{body.Id}", new CreatedTenant(body.Id, name, key.InClear(), key.KeyId));
    }

    private static async Task<Results<Ok<TenantList>, ProblemHttpResult>> List(HttpRequest request, TenantAccess tenants)
    {
        var limit = PageRequest.Default;
        if (request.Query["limit"] is [{ } text, ..]
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > PageRequest.Most))
            return Problem.Field("limit", $"Field 'limit' is '{text}'; wanted: 1 to {PageRequest.Most}.");
        List<TenantView> found = [];
        await foreach (var tenant in tenants.ListAsync(request.Query["cursor"]))
        {
            if (found.Count == limit) return TypedResults.Ok(new TenantList(found, found[^1].Id));
            if (await tenants.Of(tenant).Describe() is { } view) found.Add(view);
        }
        return TypedResults.Ok(new TenantList(found, null));
    }

    private static async Task<Results<Ok<TenantView>, ProblemHttpResult>> Get(string tenant, TenantAccess tenants) =>
        await tenants.KnowsAsync(tenant) && await tenants.Of(new(tenant)).Describe() is { } view
            ? TypedResults.Ok(view) : Problem.NotFound("tenant", tenant);

    private static async Task<Results<Ok<TenantView>, ProblemHttpResult>> Change(string tenant, ChangeTenant body, TenantAccess tenants)
    {
        List<OptionProblem?> problems = [KeysApi.NameProblem(body.Name), Bounds.Find<double>("weight", body.Weight, MinWeight, MaxWeight)];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return problem;
        return await tenants.KnowsAsync(tenant)
            && await tenants.Of(new(tenant)).SetTerms(new(body.Name, body.Suspended, body.Weight)) is { } view
            ? TypedResults.Ok(view) : Problem.NotFound("tenant", tenant);
    }
}
