using System.Security.Cryptography;
using System.Text;
using ViCo.Grains.Clustering;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tenants;

[ControlSilos]
internal sealed class TenantGrain([PersistentState("tenant")] IPersistentState<Saved<TenantRecord>> stored)
    : Grain, ITenantGrain, ITenantOwned
{
    private readonly DurableState<TenantRecord> _tenant = new(stored);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _tenant.Load();
        return Task.CompletedTask;
    }

    public Task<bool> AddKey(string keyId, string secretHash, KeyRole role) => _tenant.ChangeAsync(tenant =>
    {
        if (tenant?.Keys.GetValueOrDefault(keyId) is { } known) return (tenant, known == new StoredKey(secretHash, role));
        return (new TenantRecord { Keys = new Dictionary<string,
            StoredKey>(tenant?.Keys ?? new Dictionary<string, StoredKey>()) { [keyId] = new(secretHash, role) } }, true);
    });

    public Task<KeyRole?> Authenticate(string keyId, string secretHash) => Task.FromResult(
        _tenant.Value?.Keys.GetValueOrDefault(keyId) is { } key
        && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key.Hash), Encoding.UTF8.GetBytes(secretHash))
            ? key.Role : (KeyRole?)null);

    public Task RevokeKey(string keyId) => _tenant.ChangeAsync(tenant => tenant?.Keys.ContainsKey(keyId) == true
        ? (tenant with { Keys = tenant.Keys.Where(k => k.Key != keyId).ToDictionary() }, true)
        : (tenant, false));
}
