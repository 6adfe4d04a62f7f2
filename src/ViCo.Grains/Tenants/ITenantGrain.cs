using Orleans.Concurrency;
using ViCo.Grains.Concepts;

namespace ViCo.Grains.Tenants;

/// <summary>A tenant's keys and signed-in browsers, and what the operator has set for it. Key: the tenant.</summary>
/// <remarks>
/// Every command may be repeated. <see cref="Installation"/> is the tenant of nobody: its keys are operators' that see no concept.
/// </remarks>
[Alias("vico.ITenantGrain")]
public interface ITenantGrain : IGrainWithStringKey
{
    /// <summary>Where the keys of operators without a tenant stand. No tenant may have this name.</summary>
    const string Installation = "installation";

    /// <summary>What an operator's sessions and keys are called here: a session's credential begins so, a key's does not.</summary>
    internal const string SessionPrefix = "s-";

    /// <summary>Registers an API key by the SHA-256 (lower-case hex) of its secret; the same id and hash again change nothing.</summary>
    /// <returns>False when the id is taken by another hash or was revoked.</returns>
    [Alias("AddKey"), Needs(Grants.None)] Task<bool> AddKey(string keyId, string secretHash, KeyRole role);

    /// <summary>Registers the installation's own key, or makes it an operator's where it is registered.</summary>
    /// <returns>False when the id is taken by another hash or was revoked.</returns>
    [Alias("Install"), Needs(Grants.None)] Task<bool> Install(string keyId, string secretHash);

    /// <summary>Whom a key with a secret of this hash stands for; null when it does not hold.</summary>
    [Alias("Identify"), Needs(Grants.None)] Task<Caller?> Identify(string keyId, string secretHash);

    /// <summary>Whom a <see cref="Caller.Credential"/> still stands for; null when it was revoked or has ended.</summary>
    [Alias("Recall"), Needs(Grants.None), AlwaysInterleave] Task<Caller?> Recall(string credential);

    /// <summary>Registers a key of the tenant.</summary>
    [Alias("CreateKey"), Needs(Grants.KeysWrite)] Task<ChangeResult> CreateKey(NewKey key);

    /// <summary>All keys, newest first, those revoked of late among them.</summary>
    [Alias("GetKeys"), Needs(Grants.KeysRead), AlwaysInterleave] Task<IReadOnlyList<KeyView>> GetKeys();

    /// <summary>Registers a key with the role, scopes, name and expiry of another, which ends after <paramref name="overlap"/>.</summary>
    [Alias("RotateKey"), Needs(Grants.KeysWrite)]
    Task<ChangeResult> RotateKey(string keyId, string nextId, string nextHash, TimeSpan overlap);

    /// <summary>Ends a key for good. The last one that can make others stays.</summary>
    [Alias("RevokeKey"), Needs(Grants.KeysWrite)] Task<ChangeResult> RevokeKey(string keyId);

    /// <summary>Ends a key for good, the last admin's too: the file of the installation's own key holds another one now.</summary>
    [Alias("Replace"), Needs(Grants.None)] Task Replace(string keyId);

    /// <summary>Makes the tenant with its first key; the same again changes nothing.</summary>
    [Alias("Found"), Needs(Grants.TenantsWrite)] Task<ChangeResult> Found(string name, NewKey first);

    /// <summary>The tenant as the operator sees it; null: there is none.</summary>
    [Alias("Describe"), Needs(Grants.TenantsRead), AlwaysInterleave] Task<TenantView?> Describe();

    /// <summary>Sets what is given; null: there is no such tenant.</summary>
    [Alias("SetTerms"), Needs(Grants.TenantsWrite)] Task<TenantView?> SetTerms(TenantTerms terms);

    /// <summary>Lets nobody in any more: what the tenant has made is to be deleted. Null: there is no such tenant.</summary>
    [Alias("BeginDelete"), Needs(Grants.TenantsWrite)] Task<TenantView?> BeginDelete();

    /// <summary>Since when the tenant is being deleted; null: it is not, or nothing of it is left.</summary>
    [Alias("GetDeletion"), Needs(Grants.None), AlwaysInterleave] Task<DateTimeOffset?> GetDeletion();

    /// <summary>Nothing of it is left: forgets its keys, sessions and terms.</summary>
    [Alias("EndDelete"), Needs(Grants.None)] Task EndDelete();

    /// <summary>What the platform goes by: weight, and whether the tenant is suspended.</summary>
    [Alias("GetTerms"), Needs(Grants.None), AlwaysInterleave] Task<TenantTerms> GetTerms();

    /// <summary>Notes a browser that has signed in with a key.</summary>
    /// <param name="hash">SHA-256 of what its cookie holds, lower-case hex.</param>
    [Alias("OpenSession"), Needs(Grants.None)]
    Task OpenSession(string hash, string keyId, TimeSpan lasts, TimeSpan idle, string? agent);

    /// <summary>As <see cref="Recall"/>, for a request of the browser itself: it was seen just now.</summary>
    [Alias("UseSession"), Needs(Grants.None)] Task<Caller?> UseSession(string hash);

    /// <summary>The browsers signed in with a key, newest first.</summary>
    [Alias("GetSessions"), Needs(Grants.SessionsRead), AlwaysInterleave] Task<IReadOnlyList<SessionView>> GetSessions(string keyId);

    /// <summary>Signs a browser out that signed in with this key.</summary>
    /// <param name="session">Its <see cref="SessionView.Id"/>.</param>
    /// <returns>False: there is no such session of this key.</returns>
    [Alias("EndSession"), Needs(Grants.SessionsWrite)] Task<bool> EndSession(string keyId, string session);
}
