using System.Text.Json;

namespace ViCo.Client;

/// <summary>The keys of the tenant; for its admins.</summary>
public sealed class KeyCalls
{
    private readonly Transport _transport;

    internal KeyCalls(Transport transport) => _transport = transport;

    /// <summary>All of them, newest first, without their secrets.</summary>
    public async Task<IReadOnlyList<Key>> ListAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("keys", ViCoJson.Default.KeyPage, cancellationToken).ConfigureAwait(false)).Keys;

    /// <summary>Makes one. A secret is shown once, so a request whose answer is lost is not sent again.</summary>
    public Task<CreatedKey> CreateAsync(NewKey key, CancellationToken cancellationToken = default) => _transport.PostOnceAsync(
        "keys", JsonSerializer.SerializeToNode(key, ViCoJson.Default.NewKey)!, ViCoJson.Default.CreatedKey, cancellationToken);

    /// <summary>Puts a new one beside it that may do the same; the old one goes on for a while.</summary>
    /// <param name="overlap">For how long, in whole seconds; null: a day.</param>
    public Task<CreatedKey> RotateAsync(string key, TimeSpan? overlap = null, CancellationToken cancellationToken = default) =>
        _transport.PostOnceAsync(
            $"keys/{key}/rotation", JsonSerializer.SerializeToNode(new((int?)overlap?.TotalSeconds), ViCoJson.Default.Rotation)!,
            ViCoJson.Default.CreatedKey, cancellationToken);

    /// <summary>Revokes it: within seconds it opens nothing, and what is open through it ends.</summary>
    public Task RevokeAsync(string key, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync($"keys/{key}", cancellationToken);
}
