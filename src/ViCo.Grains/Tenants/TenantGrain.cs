using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Grains.Clustering;
using ViCo.Grains.Concepts;
using ViCo.Grains.Gpus;
using ViCo.Grains.Quotas;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tenants;

/// <remarks>When a key was used and a browser seen is written once in a while: knowing it costs no write for each call.</remarks>
[ControlSilos]
internal sealed class TenantGrain(
    [PersistentState("tenant")] IPersistentState<Saved<TenantRecord>> stored,
    [PersistentState("sessions")] IPersistentState<Saved<SessionRecord>> storedSessions,
    [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock)
    : Grain, ITenantGrain, ITenantOwned
{
    private static readonly TimeSpan UseNoted = TimeSpan.FromHours(1), SeenNoted = TimeSpan.FromMinutes(5),
    RevokedShown = TimeSpan.FromDays(90);

    private readonly DurableState<TenantRecord> _tenant = new(stored);
    private readonly DurableState<SessionRecord> _sessions = new(storedSessions);

    private DateTimeOffset Now => clock.GetUtcNow();

    private TenantId Id => new(this.GetPrimaryKeyString());

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        (_tenant.AskedInVain, _sessions.AskedInVain) = (DeactivateOnIdle, DeactivateOnIdle);
        _tenant.Load();
        _sessions.Load();
        return Task.CompletedTask;
    }

    public Task<bool> AddKey(string keyId, string secretHash, KeyRole role) => _tenant.ChangeAsync(tenant =>
        tenant?.Keys.GetValueOrDefault(keyId) is { } known
            ? (tenant, known.Hash == secretHash && known.Role == role && known.Revoked is null)
            : ((tenant ?? new()).With(keyId, new(secretHash, role) { Created = Now }), true));

    public Task<bool> Install(string keyId, string secretHash) => _tenant.ChangeAsync(tenant =>
    {
        var known = tenant?.Keys.GetValueOrDefault(keyId);
        if (known is not null && (known.Hash != secretHash || known.Revoked is not null)) return (tenant, false);
        if (known?.Role == KeyRole.Operator) return (tenant, true);
        var key = known ?? new(secretHash, KeyRole.Operator) { Created = Now, Name = "admin.key" };
        return ((tenant ?? new()).With(keyId, key with { Role = KeyRole.Operator }), true);
    });

    public async Task<Caller?> Identify(string keyId, string secretHash)
    {
        if (_tenant.Value is not { Deleting: null } known || known.Keys.GetValueOrDefault(keyId) is not { } key || !key.Stands(Now)
            || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(key.Hash), Encoding.UTF8.GetBytes(secretHash))) return null;
        if (!(Now - key.LastUsed < UseNoted))
        {
            await _tenant.ChangeAsync(tenant => tenant?.Keys.GetValueOrDefault(keyId) is { } used
                ? (tenant.With(keyId, used with { LastUsed = Now }), true) : (tenant, false));
        }
        return CallerOf(keyId, keyId);
    }

    public Task<Caller?> Recall(string credential)
    {
        if (!credential.StartsWith(ITenantGrain.SessionPrefix, StringComparison.Ordinal))
            return Task.FromResult(CallerOf(credential, credential));
        var session = _sessions.Value?.Sessions.GetValueOrDefault(credential[ITenantGrain.SessionPrefix.Length..]);
        if (session?.Stands(Now) != true || CallerOf(credential, session.KeyId) is not { } caller) return Task.FromResult<Caller?>(null);
        return Task.FromResult<Caller?>(caller.Expires < session.Ends ? caller : caller with { Expires = session.Ends });
    }

    public Task<ChangeResult> CreateKey(NewKey key) => _tenant.ChangeAsync(tenant =>
        tenant is null && Id.Value != ITenantGrain.Installation
            ? (tenant, new ChangeResult(Outcome.NotFound, $"There is no tenant '{Id}'.", "tenant"))
            : Added(tenant ?? new(), key));

    public Task<IReadOnlyList<KeyView>> GetKeys() => Task.FromResult<IReadOnlyList<KeyView>>(
    [
        .. (_tenant.Value?.Keys ?? new Dictionary<string, StoredKey>()).Where(one => !(Now - one.Value.Revoked > RevokedShown))
            .OrderByDescending(one => one.Value.Created).ThenBy(one => one.Key, StringComparer.Ordinal)
            .Select(one => one.Value.Describe(Id, one.Key)),
    ]);

    public Task<ChangeResult> RotateKey(string keyId, string nextId, string nextHash, TimeSpan overlap) => _tenant.ChangeAsync(tenant =>
    {
        if (tenant?.Keys.GetValueOrDefault(keyId) is not { } key || !key.Stands(Now)) return (tenant, NoKey(keyId));
        var (next, result) = Added(tenant, new(nextId, nextHash, key.Role, key.Name, key.Scopes, key.Expires));
        var ends = Now + overlap;
        return result.Outcome != Outcome.Done || ReferenceEquals(next, tenant) ? (tenant, result)
            : (next.With(keyId, key with { Expires = key.Expires < ends ? key.Expires : ends }), result);
    });

    public Task<ChangeResult> RevokeKey(string keyId) => _tenant.ChangeAsync(tenant =>
        tenant?.Keys.GetValueOrDefault(keyId) is not { } key ? (tenant, NoKey(keyId))
        : key.Revoked is not null ? (tenant, new ChangeResult(Outcome.Done))
        : tenant.IsLastAdmin(keyId) && Id.Value != ITenantGrain.Installation
            ? (tenant, new ChangeResult(Outcome.Conflict,
                $"Key '{keyId}' is the last one of '{Id}' that can make keys and does not expire; make another one first.",
                "last_admin_key"))
        : (tenant.With(keyId, key with { Revoked = Now }), new ChangeResult(Outcome.Done)));

    public Task Replace(string keyId) => _tenant.ChangeAsync(tenant =>
        tenant?.Keys.GetValueOrDefault(keyId) is { Revoked: null } key
            ? (tenant.With(keyId, key with { Revoked = Now }), true) : (tenant, false));

    public Task<ChangeResult> Found(string name, NewKey first) => _tenant.ChangeAsync(tenant =>
        tenant is null
            ? Added(new() { Name = name, Created = Now }, first)
            : (tenant, tenant.Keys.GetValueOrDefault(first.Id)?.Hash == first.SecretHash
                ? new ChangeResult(Outcome.Done)
                : new ChangeResult(Outcome.Conflict, $"There is a tenant '{Id}' already.", "tenant_exists")));

    public Task<TenantView?> Describe() => Task.FromResult(_tenant.Value is { Deleted: null } tenant ? tenant.Describe(Id) : null);

    public async Task<TenantView?> SetTerms(TenantTerms terms)
    {
        var view = await _tenant.ChangeAsync(tenant =>
        {
            if (tenant is null or { Deleted: not null }) return (tenant, (TenantView?)null);
            var next = tenant with
            {
                Name = terms.Name ?? tenant.Name, Suspended = terms.Suspended ?? tenant.Suspended, Weight = terms.Weight ?? tenant.Weight,
                Quotas = terms.Quotas ?? tenant.Quotas,
            };
            return (next == tenant ? tenant : next, next.Describe(Id));
        });
        if (view is null) return null;
        // Repeated when nothing changed: an earlier call may have come to its end before the queue had heard of it.
        await GrainFactory.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool).SetTerms(Id.Value, await GetTerms());
        if (terms.Quotas is not null) await GrainFactory.GetGrain<IQuotaGrain>(Id.Value).Recount();
        return view;
    }

    public async Task<TenantView?> BeginDelete()
    {
        var view = await _tenant.ChangeAsync(tenant =>
        {
            if (tenant is null or { Deleted: not null }) return (tenant, (TenantView?)null);
            var next = tenant.Deleting is null ? tenant with { Deleting = Now } : tenant;
            return (next, next.Describe(Id));
        });
        if (view is not null) await GrainFactory.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool).SetTerms(Id.Value, await GetTerms());
        return view;
    }

    public Task<DateTimeOffset?> GetDeletion() => Task.FromResult(_tenant.Value is { Deleted: null } tenant ? tenant.Deleting : null);

    public async Task EndDelete()
    {
        await _sessions.ChangeAsync(_ => ((SessionRecord?)null, true));
        await _tenant.ChangeAsync(tenant => tenant is { Deleting: { } since, Deleted: null }
            ? (new TenantRecord { Deleting = since, Deleted = Now }, true) : (tenant, false));
    }

    public Task<TenantTerms> GetTerms() => Task.FromResult(
        new TenantTerms(_tenant.Value?.Name, _tenant.Value is { Suspended: true } or { Deleting: not null }, _tenant.Value?.Weight ?? 1,
            _tenant.Value?.Quotas));

    public Task OpenSession(string hash, string keyId, TimeSpan lasts, TimeSpan idle, string? agent) => _sessions.ChangeAsync(sessions =>
        sessions?.Sessions.ContainsKey(hash) == true ? (sessions, true)
        : ((sessions ?? new()).With(hash, new(keyId, Now, Now, Now + lasts, idle, agent), Now), true));

    public async Task<Caller?> UseSession(string hash)
    {
        var caller = await Recall(ITenantGrain.SessionPrefix + hash);
        if (caller is not null && Now - _sessions.Value!.Sessions[hash].Seen >= SeenNoted)
        {
            await _sessions.ChangeAsync(sessions => sessions?.Sessions.GetValueOrDefault(hash) is { } session
                ? (sessions.With(hash, session with { Seen = Now }, Now), true) : (sessions, false));
        }
        return caller;
    }

    public Task<IReadOnlyList<SessionView>> GetSessions(string keyId) => Task.FromResult<IReadOnlyList<SessionView>>(
    [
        .. (_sessions.Value?.Sessions ?? new Dictionary<string, StoredSession>())
            .Where(one => one.Value.KeyId == keyId && one.Value.Stands(Now)).OrderByDescending(one => one.Value.Created)
            .Select(one => new SessionView(SessionView.IdOf(one.Key), one.Value.Created, one.Value.Seen, one.Value.Ends, one.Value.Agent)),
    ]);

    public Task<bool> EndSession(string keyId, string session) => _sessions.ChangeAsync(sessions =>
    {
        string[] ended = [.. (sessions?.Sessions ?? new Dictionary<string, StoredSession>())
            .Where(one => one.Value.KeyId == keyId && SessionView.IdOf(one.Key) == session).Select(one => one.Key)];
        return ended.Length == 0 ? (sessions, false) : (sessions!.Without(ended), true);
    });

    private Caller? CallerOf(string credential, string keyId) =>
        _tenant.Value is { Deleting: null } tenant && tenant.Keys.GetValueOrDefault(keyId) is { } key && key.Stands(Now)
            ? new(credential, keyId, key.Role, Scopes.Of(key.Role, key.Scopes), tenant.Suspended, key.Expires) : null;

    private (TenantRecord, ChangeResult) Added(TenantRecord tenant, NewKey key)
    {
        if (tenant.Keys.GetValueOrDefault(key.Id) is { } known)
            return (tenant, known.Hash == key.SecretHash ? new(Outcome.Done)
                : new(Outcome.Conflict, $"There is a key '{key.Id}' already.", "key_exists"));
        if (tenant.Keys.Values.Count(one => one.Stands(Now)) >= TenantRecord.MaxKeys)
            return (tenant, new(Outcome.Conflict, $"The tenant has {TenantRecord.MaxKeys} keys; revoke one first.", "too_many_keys"));
        return (tenant.With(key.Id, new(key.SecretHash, key.Role)
        {
            Name = key.Name, Scopes = key.Scopes, Created = Now, Expires = key.Expires,
        }), new(Outcome.Done));
    }

    private static ChangeResult NoKey(string keyId) => new(Outcome.NotFound, $"There is no key '{keyId}'.", "key");
}
