using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Origins;

/// <summary>From which other origins pages may call the API: the installation's for every tenant, and each tenant's own.</summary>
/// <remarks>
/// A preflight names no tenant. So that it can be answered, each allowed origin has a mark in the store; the mark is there before the
/// tenant's list says so and goes after it.
/// </remarks>
internal sealed class AllowedOrigins(IBlobStore blobs, IOptions<GatewayOptions> options, TimeProvider clock)
{
    /// <summary>How long a change may take to be seen.</summary>
    private static readonly TimeSpan _memory = TimeSpan.FromSeconds(5);

    private const int MaxRemembered = 1000;

    private readonly ConcurrentDictionary<(string Origin, TenantId? Tenant), (bool Allowed, DateTimeOffset At)> _known = new();

    /// <summary>Whether pages of an origin may call for a tenant; null: for any.</summary>
    public async Task<bool> AllowsAsync(string origin, TenantId? tenant)
    {
        if (Of(origin) is not { } plain) return false;
        if (options.Value.AllowedOrigins.Contains(plain, StringComparer.Ordinal)) return true;
        var now = clock.GetUtcNow();
        if (_known.TryGetValue((plain, tenant), out var known) && now - known.At < _memory) return known.Allowed;
        var allowed = tenant is { } one ? (await GetAsync(one)).Contains(plain, StringComparer.Ordinal)
            : await blobs.ListAsync(Marks(plain)).AnyAsync();
        if (_known.Count >= MaxRemembered) _known.Clear();                 // strangers name what they like
        _known[(plain, tenant)] = (allowed, now);
        return allowed;
    }

    public async Task<IReadOnlyList<string>> GetAsync(TenantId tenant) =>
        await blobs.ReadAsync(ListOf(tenant)) is { } blob ? JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.StringArray)!
            : [];

    /// <summary>Puts <paramref name="origins"/> in place of a tenant's list; safe to repeat.</summary>
    /// <param name="origins">As <see cref="Of"/> returns them.</param>
    public async Task SetAsync(TenantId tenant, IReadOnlyList<string> origins)
    {
        var before = await GetAsync(tenant);
        foreach (var origin in origins) await blobs.WriteAsync($"{Marks(origin)}{tenant}", Encoding.UTF8.GetBytes(origin));
        await blobs.WriteAsync(ListOf(tenant), JsonSerializer.SerializeToUtf8Bytes([.. origins], GatewayJson.Default.StringArray));
        foreach (var origin in before.Except(origins)) await blobs.DeleteAsync($"{Marks(origin)}{tenant}");
        foreach (var origin in before.Union(origins)) Forget(origin, tenant);
    }

    /// <summary>An origin as browsers write it (RFC 6454 §6.2), or null: <c>https://app.example.org</c>, nothing after the port.</summary>
    public static string? Of(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.UserInfo.Length == 0
        && text.TrimEnd('/').Equals(uri.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase)
            ? uri.GetLeftPart(UriPartial.Authority).ToLowerInvariant() : null;

    private void Forget(string origin, TenantId tenant)
    {
        _known.TryRemove((origin, tenant), out _);
        _known.TryRemove((origin, null), out _);
    }

    private static string ListOf(TenantId tenant) => $"tenants/{tenant}/origins.json";

    private static string Marks(string origin) =>
        $"gateway/origins/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)))[..32]}/";
}
