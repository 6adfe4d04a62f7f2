using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Quotas;

/// <summary>
/// Lets a tenant's jobs and photos in as far as its quotas go. Key: the tenant. Every command may be repeated.
/// </summary>
/// <remarks>It keeps nothing of its own: what is used is counted from jobs and concepts when it wakes, and told to it after that.</remarks>
[Alias("vico.IQuotaGrain")]
public interface IQuotaGrain : IGrainWithStringKey
{
    /// <summary>Null: the job may be submitted, and counts from now on. One that is let in already is let in again.</summary>
    [Alias("Admit"), Needs(Grants.None)] Task<QuotaRefusal?> Admit(JobDemand job);

    /// <summary>A job tells how it stands and what it used.</summary>
    [Alias("Note"), Needs(Grants.None)] Task Note(JobUse job);

    /// <summary>Null: photos may be stored, and count from now on.</summary>
    /// <param name="bytes">Of all of them.</param>
    [Alias("AdmitPhotos"), Needs(Grants.ConceptsWrite)] Task<QuotaRefusal?> AdmitPhotos(int photos, long bytes);

    /// <summary>Forgets what it knows of the quotas and of what is stored: either has changed.</summary>
    [Alias("Recount"), Needs(Grants.None)] Task Recount();

    /// <summary>What may be and what is used.</summary>
    [Alias("Get"), Needs(Grants.UsageRead | Grants.TenantsRead)] Task<QuotaView> Get();
}
