using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Makes sure that an installation has an operator with a key that its owner can read; registered by <c>AddViCoGateway</c>.
/// </summary>
public sealed class FirstStart
{
    /// <summary>The tenant in which the installation's own key stands.</summary>
    internal const string Home = "default";

    private readonly IGrainFactory _grains;
    private readonly LoginLinks _links;

    private readonly InstallationStore _installation;

    internal FirstStart(IGrainFactory grains, LoginLinks links, InstallationStore installation) =>
        (_grains, _links, _installation) = (grains, links, installation);

    /// <summary>
    /// Registers the installation's own key, an operator that is admin of tenant <c>default</c>: the one in <paramref name="keyFile"/>,
    /// or a new one, written there so that only the file's owner can read it. The one that the file held before is dead from then on.
    /// Safe to repeat; call it once the cluster is reachable.
    /// </summary>
    /// <exception cref="InvalidDataException">The file holds something else than a key, or a key that the
    /// tenant knows with another secret or as revoked.</exception>
    public async Task<AdminAccess> EnsureAsync(string keyFile, CancellationToken cancellationToken = default)
    {
        var key = await ReadAsync(keyFile, cancellationToken) ?? await WriteAsync(keyFile, ApiKey.New(new(Home)), cancellationToken);
        if (!await new CurrentTenant(key.Tenant, _grains).Tenant().Install(key.KeyId, key.SecretHash))
        {
            throw new InvalidDataException(
                $"Key {key.KeyId} of '{keyFile}' was revoked, or is registered with another secret; restore the file or delete it to get "
                + "a new key.");
        }
        var own = new Credential(key.Tenant, key.KeyId);
        await _installation.ReplaceKeyAsync(own, former => new CurrentTenant(former.Home, _grains).Tenant().Replace(former.Id));
        return new(key.InClear(), keyFile, await _links.CreateAsync(own, cancellationToken));
    }

    private static async Task<ApiKey?> ReadAsync(string keyFile, CancellationToken cancellationToken)
    {
        if (!File.Exists(keyFile)) return null;
        var text = (await File.ReadAllTextAsync(keyFile, cancellationToken)).Trim();
        return ApiKey.TryParse(text, out var key)
            ? key
            : throw new InvalidDataException(
                $"'{keyFile}' holds {text.Length} characters that are no API key (wanted: vico_<tenant>_<key id>_<secret>).");
    }

    private static async Task<ApiKey> WriteAsync(string keyFile, ApiKey key, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(keyFile))!);
        var fresh = $"{keyFile}.{key.KeyId}";                               // whole or not there, and never readable by others
        await using (var file = new StreamWriter(OwnersOnly.Create(fresh)))
            await file.WriteLineAsync(key.InClear().AsMemory(), cancellationToken);
        File.Move(fresh, keyFile);
        return key;
    }
}
