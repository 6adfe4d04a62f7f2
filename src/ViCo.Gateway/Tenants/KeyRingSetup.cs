using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Tenants;

/// <summary>Registers the keys that protect tokens and signed addresses: in the store, sealed with a secret that lies elsewhere.</summary>
internal static class KeyRingSetup
{
    private const string FileName = "installation.secret";

    public static void AddViCoKeyRing(this IServiceCollection services)
    {
        services.AddDataProtection().SetApplicationName("ViCo");
        services.AddOptions<KeyManagementOptions>().Configure<IBlobStore, InstallationSecret>((keys, blobs, secret) =>
            (keys.XmlRepository, keys.XmlEncryptor) = (new BlobKeyRing(blobs), new SealedRing(secret)));
    }

    /// <summary>The secret of the configured file; without one, of a file beside the store's folder.</summary>
    public static InstallationSecret OpenSecret(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<GatewayOptions>>().Value;
        var storage = services.GetRequiredService<IOptions<StorageOptions>>().Value;
        return InstallationSecret.Open(options.SecretFile
            ?? (string.IsNullOrWhiteSpace(storage.Folder) ? null
                : Path.Combine(Path.GetDirectoryName(Path.GetFullPath(storage.Folder))!, FileName))
            ?? throw new InvalidOperationException(
                $"ViCo:Gateway:{nameof(GatewayOptions.SecretFile)} names no file; wanted: one outside the store that all gateways share. "
                + "It is made where it is missing."), storage.OthersAllowed);
    }
}
