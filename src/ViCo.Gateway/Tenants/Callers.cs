using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>Finds out whom a key stands for.</summary>
/// <remarks>A key of a tenant that is not there wakes no grain: whoever makes names up costs a look at the store.</remarks>
internal sealed class Callers(IGrainFactory grains, KnownTenants tenants, Guesses guesses)
{
    /// <summary>Null: the key is unknown, was revoked or has expired.</summary>
    public async Task<Caller?> IdentifyAsync(ApiKey key, HttpContext context)
    {
        var caller = await tenants.ContainsAsync(key.Tenant, context.RequestAborted)
            ? await new CurrentTenant(key.Tenant, grains).Tenant().Identify(key.KeyId, key.SecretHash) : null;
        if (caller is null) guesses.Note(context, key);
        return caller;
    }
}
