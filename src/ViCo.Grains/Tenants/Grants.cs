namespace ViCo.Grains.Tenants;

/// <summary>
/// What a caller may do, one bit for each scope: <c>ConceptsRead</c> is the scope <c>concepts:read</c>. Roles and keys are sets of them.
/// </summary>
/// <remarks>A scope that writes brings the one that reads the same along. Bits are stored nowhere; scopes are stored by name.</remarks>
[Flags, GenerateSerializer, Alias("vico.grants")]
public enum Grants : long
{
    /// <summary>Nothing; on a grain's method: the platform alone.</summary>
    None = 0,

    /// <summary>Concepts, photos, runs and checkpoints.</summary>
    ConceptsRead = 1 << 0,

    /// <summary>Make, change, train and delete concepts.</summary>
    ConceptsWrite = 1 << 1,

    /// <summary>Pictures.</summary>
    ImagesRead = 1 << 2,

    /// <summary>Draw and delete pictures.</summary>
    ImagesWrite = 1 << 3,

    /// <summary>Jobs, their events, and what changes.</summary>
    JobsRead = 1 << 4,

    /// <summary>Cancel and delete jobs.</summary>
    JobsWrite = 1 << 5,

    /// <summary>Base models and options.</summary>
    ModelsRead = 1 << 6,

    /// <summary>Short-lived tokens and signed addresses for browsers elsewhere.</summary>
    TokensWrite = 1 << 7,

    /// <summary>Who is signed in, and where else.</summary>
    SessionsRead = 1 << 8,

    /// <summary>Sign out, here and elsewhere.</summary>
    SessionsWrite = 1 << 9,

    /// <summary>Webhooks and what was sent.</summary>
    WebhooksRead = 1 << 10,

    /// <summary>Make, change and remove webhooks.</summary>
    WebhooksWrite = 1 << 11,

    /// <summary>What the tenant uses.</summary>
    UsageRead = 1 << 12,

    /// <summary>The tenant's settings.</summary>
    SettingsRead = 1 << 13,

    /// <summary>Change the tenant's settings.</summary>
    SettingsWrite = 1 << 14,

    /// <summary>The tenant's keys, without their secrets.</summary>
    KeysRead = 1 << 15,

    /// <summary>Make, rotate and revoke keys.</summary>
    KeysWrite = 1 << 16,

    /// <summary>The installation's tenants.</summary>
    TenantsRead = 1 << 17,

    /// <summary>Make, suspend and weigh tenants.</summary>
    TenantsWrite = 1 << 18,

    /// <summary>Silos, devices and the queue.</summary>
    SilosRead = 1 << 19,

    /// <summary>Drain silos and bring them back.</summary>
    SilosWrite = 1 << 20,

    /// <summary>What Prometheus reads of the installation.</summary>
    MetricsRead = 1 << 21,

    /// <summary>Any work on concepts, pictures and jobs: small facts about those are told to whoever has one of these.</summary>
    AnyWork = ConceptsRead | ConceptsWrite | ImagesRead | ImagesWrite | JobsRead | JobsWrite | TokensWrite,
}
