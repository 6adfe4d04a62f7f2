using Azure.Storage.Blobs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ViCo.Grains.Storage;

/// <summary>Registers the one blob store of a process.</summary>
public static class BlobStoreSetup
{
    /// <summary>
    /// Adds <see cref="IBlobStore"/> as configured under <c>ViCo:Storage</c>, checked at start, its folder or container made before
    /// anything else starts. Again (a gateway and a silo in one host) changes nothing.
    /// </summary>
    public static IServiceCollection AddViCoStorage(this IServiceCollection services)
    {
        if (services.Any(s => s.ServiceType == typeof(IBlobStore))) return services;
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StorageOptions>, StorageOptionsValidator>());
        services.AddSingleton<IBlobStore>(Open);
        services.AddHostedService<BlobStoreStart>();
        return services;
    }

    private static TellingBlobStore Open(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<StorageOptions>>().Value;
        return new TellingBlobStore(string.IsNullOrWhiteSpace(options.Folder)
            ? new AzureBlobStore(new BlobContainerClient(options.AzureConnection, options.Container))
            : new FolderBlobStore(options.Folder, othersAllowed: options.OthersAllowed));
    }

    private sealed class BlobStoreStart(IBlobStore blobs) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken) =>
            blobs is TellingBlobStore { Inner: AzureBlobStore azure } ? azure.CreateContainerAsync(cancellationToken) : Task.CompletedTask;

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
