using ViCo.Grains.Tenants;

namespace ViCo.Grains.Indexes;

/// <summary>The keys of a tenant's indexes.</summary>
public static class IndexKeys
{
    internal const string ConceptList = "concepts", JobList = "jobs";

    /// <summary>The tenant's concepts.</summary>
    public static string Concepts(TenantId tenant) => tenant.Key(ConceptList);

    /// <summary>The tenant's jobs.</summary>
    public static string Jobs(TenantId tenant) => tenant.Key(JobList);

    /// <summary>The jobs of one concept.</summary>
    public static string Jobs(TenantId tenant, string conceptId) => tenant.Key($"{JobList}/{conceptId}");
}
