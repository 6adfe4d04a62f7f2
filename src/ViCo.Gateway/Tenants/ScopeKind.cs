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
