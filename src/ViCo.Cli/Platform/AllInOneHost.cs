using ViCo.Cli.CommandLine;
using ViCo.Gateway;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Storage;

namespace ViCo.Cli.Platform;

/// <summary>Gateway and silo with both roles in one process, over a folder: what <c>vico up</c> runs.</summary>
internal sealed class AllInOneHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly FileStream _folderLock;

    private AllInOneHost(WebApplication app, FileStream folderLock, AdminAccess admin) => (_app, _folderLock, Admin) = (app, folderLock, admin);

    /// <param name="Urls">Where to listen; port 0 takes a free one.</param>
    /// <param name="DataFolder">Everything that must last; made where it is missing.</param>
    /// <param name="Quiet">Only warnings and errors are logged.</param>
    public sealed record Settings(string Urls, string DataFolder, EngineChoice Engine, bool Quiet);

    public AdminAccess Admin { get; }

    /// <summary>The address it listens on.</summary>
    public Uri Address => new(_app.Urls.First());

    public static async Task<AllInOneHost> StartAsync(Settings settings, CancellationToken cancellationToken)
    {
        var folderLock = LockFolder(settings.DataFolder);
        WebApplication? app = null;
        try
        {
            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = settings.DataFolder });
            builder.WebHost.UseUrls(settings.Urls);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                [$"{StorageOptions.Section}:{nameof(StorageOptions.Folder)}"] = Path.Combine(settings.DataFolder, "blobs"),
            });
            builder.Services.AddViCoStorage();
            builder.AddViCoGateway();
            app = builder.Build();
            app.MapViCo();
            await app.StartAsync(cancellationToken);
            var admin = await app.Services.GetRequiredService<FirstStart>().EnsureAsync(Path.Combine(settings.DataFolder, "admin.key"), cancellationToken);
            return new(app, folderLock, admin);
        }
        catch
        {
            if (app is not null) await app.DisposeAsync();
            await folderLock.DisposeAsync();
            throw;
        }
    }

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _folderLock.DisposeAsync();
    }

    /// <summary>Two hosts over one folder would each believe that its leases are the only ones. The lock goes with the process, however it ends.</summary>
    private static FileStream LockFolder(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            return new(Path.Combine(folder, "vico.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (Directory.Exists(folder))
        {
            throw new UsageException($"Data folder '{folder}' is in use by another vico: stop that one, or give this one its own --data. ({e.Message})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Data folder '{folder}' cannot be made or written: {e.Message}");
        }
    }
}
