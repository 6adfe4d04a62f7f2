using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Http;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Grains.Quotas;
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
        group.MapDelete("/{tenant:id}", Delete)
            .WithSummary(
                "Deletes a tenant with all that is its own. Nobody gets in from now on; the rest goes within a minute, a receipt stays, "
                + "and its id is not given again.").Needs(Grants.TenantsWrite).Knows();
        group.MapRead("/{tenant:id}/receipt", Receipt)
            .WithSummary("What was deleted with a tenant, by digest and signed; there when nothing is left.").Needs(Grants.TenantsRead);
    }

    private static async Task<Results<Accepted<TenantView>, ProblemHttpResult>> Delete(
        string tenant, ClaimsPrincipal user, TenantAccess tenants, TenantReceipts receipts, TenantDeletions deletions)
    {
        if (!await tenants.KnowsAsync(tenant) || await tenants.Of(new(tenant)).Describe() is null)
            return Problem.NotFound("tenant", tenant);
        if (tenant == FirstStart.Home || GatewayClaims.CredentialOf(user)!.Home.Value == tenant)
            return Problem.Conflict("not_possible_now",
                $"The installation's key, or your own, stands in tenant '{tenant}': without it nobody could get in.");
        await receipts.NoteAsync(new(tenant));
        if (await tenants.Of(new(tenant)).BeginDelete() is not { } view) return Problem.NotFound("tenant", tenant);
        deletions.Hurry();
        return TypedResults.Accepted($"/admin/tenants/{tenant}/receipt", view);
    }

    private static async Task<Results<Ok<TenantReceipt>, ProblemHttpResult>> Receipt(
        string tenant, TenantReceipts receipts) =>
        TenantAccess.IdProblem(tenant) is null && await receipts.FindAsync(new(tenant)) is { } receipt
            ? TypedResults.Ok(receipt) : Problem.NotFound("receipt", tenant);

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
        List<OptionProblem?> problems =
        [
            KeysApi.NameProblem(body.Name), Bounds.Find<double>("weight", body.Weight, MinWeight, MaxWeight), .. QuotaProblems(body.Quotas),
        ];
        if (Problem.Fields([.. problems.OfType<OptionProblem>()]) is { } problem) return problem;
        return await tenants.KnowsAsync(tenant)
            && await tenants.Of(new(tenant)).SetTerms(new(body.Name, body.Suspended, body.Weight, body.Quotas)) is { } view
            ? TypedResults.Ok(view) : Problem.NotFound("tenant", tenant);
    }

    private static IEnumerable<OptionProblem?> QuotaProblems(TenantQuotas? quotas) => quotas is null ? [] :
    [
        Bounds.Find<int>("quotas.requestsPerSecond", quotas.RequestsPerSecond, 1, 1_000_000),
        Bounds.Find<int>("quotas.openJobs", quotas.OpenJobs, 0, 1_000_000),
        Bounds.Find<int>("quotas.openJobsPerUser", quotas.OpenJobsPerUser, 0, 1_000_000),
        Bounds.Find<double>("quotas.gpuSecondsPerDay", quotas.GpuSecondsPerDay, 0, 1e9),
        Bounds.Find<double>("quotas.gpuSecondsPerDayPerUser", quotas.GpuSecondsPerDayPerUser, 0, 1e9),
        Bounds.Find<long>("quotas.storedBytes", quotas.StoredBytes, 0, 1_000_000_000_000_000_000),
        Bounds.Find<int>("quotas.photos", quotas.Photos, 0, 1_000_000_000),
        Bounds.Find<double>("quotas.largestJob", quotas.LargestJob, 0, 1e18),
    ];
}
