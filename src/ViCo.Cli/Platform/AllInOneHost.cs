using System.Net;
using System.Net.Sockets;
using ViCo.Cli.CommandLine;
using ViCo.Gateway;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Clustering;
using ViCo.Grains.Storage;
using ViCo.Options;
using ViCo.Silo;

namespace ViCo.Cli.Platform;

/// <summary>Gateway and silo with both roles in one process, over a folder: what <c>vico up</c> runs.</summary>
internal sealed class AllInOneHost : IAsyncDisposable
{
    /// <summary>Where the store lies in a data folder.</summary>
    public const string BlobFolder = "blobs";

    private readonly WebApplication _app;
    private readonly FileStream _folderLock;

    private AllInOneHost(WebApplication app, FileStream folderLock, AdminAccess admin) =>
        (_app, _folderLock, Admin) = (app, folderLock, admin);

    /// <param name="Urls">Where to listen; port 0 takes a free one.</param>
    /// <param name="DataFolder">Everything that must last; made where it is missing.</param>
    /// <param name="Quiet">Only warnings and errors are logged.</param>
    public sealed record Settings(string Urls, string DataFolder, EngineChoice Engine, bool Quiet);

    public AdminAccess Admin { get; }

    /// <summary>The address it listens on.</summary>
    public Uri Address => new(_app.Urls.First());

    public static async Task<AllInOneHost> StartAsync(Settings settings, CancellationToken cancellationToken)
    {
        foreach (var url in settings.Urls.Split(';')) CheckUrl(url);
        var stops = false;
        var folderLock = LockFolder(settings.DataFolder);
        WebApplication? app = null;
        try
        {
            // The engine's lane keeps the cores busy; requests must not wait for the pool to grow by one thread every half second.
            ThreadPool.GetMinThreads(out var workers, out var completions);
            ThreadPool.SetMinThreads(Math.Max(workers, 32), completions);

            var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = settings.DataFolder });
            builder.WebHost.UseUrls(settings.Urls);
            CloseFolder(settings.DataFolder, builder.Configuration.GetValue<bool>(
                $"{StorageOptions.Section}:{nameof(StorageOptions.OthersAllowed)}"));
            builder.Configuration.AddInMemoryCollection(Configuration(settings));
            builder.Logging.SetMinimumLevel(LogLevel.Warning)
                .AddFilter("ViCo", settings.Quiet ? LogLevel.Warning : LogLevel.Information)
                // Who stops it while it starts does not want to read what each part says of that.
                .AddFilter("Orleans", level => level >= (settings.Quiet ? LogLevel.Error : LogLevel.Warning) && !stops
                    && !cancellationToken.IsCancellationRequested)
                // What it logs of a start that failed is thrown as well, and told in one line.
                .AddFilter("Microsoft.Extensions.Hosting.Internal.Host", LogLevel.None);
            builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(log =>
                log.LogToStandardErrorThreshold = LogLevel.Trace);
            // Ctrl-C is the caller's, who stops the host by the token.
            builder.Services.AddSingleton<IHostLifetime, CallersLifetime>();
            builder.AddViCoSilo();
            builder.AddViCoGateway();
            app = builder.Build();
            app.MapViCo();
            await app.StartAsync(cancellationToken);
            var admin = await app.Services.GetRequiredService<FirstStart>()
                .EnsureAsync(Path.Combine(settings.DataFolder, "admin.key"), cancellationToken);
            return new(app, folderLock, admin);
        }
        catch (Exception e)
        {
            stops = true;
            if (app is not null) await app.DisposeAsync();
            await folderLock.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            // Nobody asked it to stop: its engine does not load, which the host tells in its log.
            if (e is OperationCanceledException)
                throw new InvalidOperationException("The platform stopped before it had started; the lines above say why.", e);
            throw;
        }
    }

    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _app.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        // The worker lets go of its job at the next step boundary; after that the next start goes on at once.
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        await _folderLock.DisposeAsync();
    }

    private static Dictionary<string, string?> Configuration(Settings settings) => new(
        settings.Engine.Options.Pairs.Select(o =>
            KeyValuePair.Create($"{Silo.EngineOptions.Section}:{o.Key}", (string?)OptionSpec.Format(o.Value))))
    {
        [$"{StorageOptions.Section}:{nameof(StorageOptions.Folder)}"] = Path.Combine(settings.DataFolder, BlobFolder),
        // The same name after a restart: what the process before held is taken over at once.
        [$"{SiloRoleOptions.Section}:{nameof(SiloRoleOptions.Name)}"] = "all-in-one",
        [$"{SiloRoleOptions.Section}:{nameof(SiloRoleOptions.Roles)}"] = $"{SiloRoles.Control},{SiloRoles.Gpu}",
        // Nobody connects to this silo from outside its process, and several hosts share a machine.
        [$"{ClusteringOptions.Section}:{nameof(ClusteringOptions.SiloPort)}"] = $"{FreePort()}",
        [$"{ClusteringOptions.Section}:{nameof(ClusteringOptions.GatewayPort)}"] = "0",
        [$"{Silo.EngineOptions.Section}:{nameof(Silo.EngineOptions.Kind)}"] = settings.Engine.Kind,
        [$"{Silo.EngineOptions.Section}:{nameof(Silo.EngineOptions.Model)}"] = settings.Engine.ModelFolder,
        [$"{Silo.EngineOptions.Section}:{nameof(Silo.EngineOptions.CacheFolder)}"] = EngineChoice.CacheFolder(settings.DataFolder),
        [$"{Silo.EngineOptions.Section}:{nameof(Silo.EngineOptions.RehearsalStep)}"] = EngineChoice.RehearsalStep.ToString(),
        [$"ViCo:Gateway:{nameof(GatewayOptions.TrainingSize)}"] = $"{BaseModelFolder.Read(settings.Engine.ModelFolder).ImageSize}",
    };

    /// <summary>Keys lie in it, also where it was there before and open.</summary>
    private static void CloseFolder(string folder, bool othersAllowed)
    {
        try
        {
            OwnersOnly.Close(folder, othersAllowed);
        }
        catch (IOException e)
        {
            throw new UsageException(e.Message);
        }
    }

    private static void CheckUrl(string url)
    {
        // Kestrel's own forms of a host that is no name, such as http://*:80.
        var address = url.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        if (!Uri.TryCreate(address, UriKind.Absolute, out var read) || read.Scheme is not ("http" or "https") || read.PathAndQuery != "/")
            throw new UsageException($"--urls is '{url}'; an address such as http://127.0.0.1:5080 is wanted.");
        if (read.Port == 0 || !IPAddress.TryParse(read.Host == "localhost" ? "127.0.0.1" : read.Host, out var host)) return;
        try
        {
            // Before a silo is started for nothing.
            using var listener = new TcpListener(host, read.Port);
            listener.Start();
        }
        catch (SocketException e)
        {
            throw new UsageException(e.SocketErrorCode == SocketError.AddressAlreadyInUse
                ? $"{url} is taken: another program listens there. Stop it, or give --urls another port."
                : $"{url} cannot be listened on: {e.Message}.");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>
    /// Two hosts over one folder would each believe that its leases are the only ones. The lock goes with the process, however it ends.
    /// </summary>
    internal static FileStream LockFolder(string folder)
    {
        try
        {
            // Keys lie in it: for its owner alone.
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
            else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            return new(Path.Combine(folder, "vico.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (Directory.Exists(folder))
        {
            throw new UsageException(
                $"Data folder '{folder}' is in use by another vico: stop that one, or give this one its own --data. ({e.Message})");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"Data folder '{folder}' cannot be made or written: {e.Message}");
        }
    }
}
