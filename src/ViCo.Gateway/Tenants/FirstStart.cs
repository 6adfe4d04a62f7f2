using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Makes sure that an installation has a tenant with an admin key that its owner can read; registered by <c>AddViCoGateway</c>.
/// </summary>
public sealed class FirstStart
{
    private readonly IGrainFactory _grains;
    private readonly LoginLinks _links;

    internal FirstStart(IGrainFactory grains, LoginLinks links) => (_grains, _links) = (grains, links);

    /// <summary>
    /// Registers the admin key of tenant <c>default</c>: the one in <paramref name="keyFile"/>, or a new one, written there so that only
    /// the file's owner can read it. Safe to repeat; call it once the cluster is reachable.
    /// </summary>
    /// <exception cref="InvalidDataException">The file holds something else than a key, or a key that the
    /// tenant knows with another secret.</exception>
    public async Task<AdminAccess> EnsureAsync(string keyFile, CancellationToken cancellationToken = default)
    {
        var key = await ReadAsync(keyFile, cancellationToken) ?? await WriteAsync(keyFile, ApiKey.New(new("default")), cancellationToken);
        if (!await new CurrentTenant(key.Tenant, _grains).Tenant().AddKey(key.KeyId, key.SecretHash, KeyRole.Admin))
        {
            throw new InvalidDataException(
                $"Key {key.KeyId} of '{keyFile}' is registered with another secret; restore the file or delete it to get a new key.");
        }

        return new(key.InClear(), keyFile, await _links.CreateAsync(Credential.Of(key), cancellationToken));
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
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var file = new StreamWriter(fresh, options)) await file.WriteLineAsync(key.InClear().AsMemory(), cancellationToken);
        File.Move(fresh, keyFile);
        return key;
    }
}
