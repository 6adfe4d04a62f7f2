using System.CommandLine;
using Azure.Storage.Blobs;
using ViCo.Cli.CommandLine;
using ViCo.Cli.Platform;
using ViCo.Grains.Storage;

namespace ViCo.Cli.Admin;

/// <summary>Which store an admin's verb is about: a data folder or a container.</summary>
internal sealed class StoreArguments
{
    private const string Connection = "ViCo__Storage__AzureConnection";

    private readonly Option<string?> _data = new("--data")
    {
        Description = $"Data folder of vico up. Default: {Installation.DefaultData}.", HelpName = "DIR",
    };

    private readonly Option<string?> _container = new("--container")
    {
        Description = $"Container of Azure Blob Storage or Azurite, in place of a folder; the environment's {Connection} says where.",
        HelpName = "NAME",
    };

    public void AddTo(Command command)
    {
        command.Add(_data);
        command.Add(_container);
    }

    /// <summary>Opens the store that a line names.</summary>
    /// <param name="alone">Whether nobody else may use it meanwhile; a container has no lock that would tell.</param>
    /// <param name="isNew">Whether it may be missing, and is made then.</param>
    /// <exception cref="UsageException">It is not there, or in use.</exception>
    public async Task<OpenedStore> OpenAsync(ParseResult parsed, bool alone, bool isNew, CancellationToken cancellationToken)
    {
        var (data, container) = (parsed.GetValue(_data), parsed.GetValue(_container));
        if (data is not null && container is not null) throw new UsageException("--data and --container exclude each other.");
        if (container is null) return OpenFolder(Path.GetFullPath(data ?? Installation.DefaultData), alone, isNew);
        if (Environment.GetEnvironmentVariable(Connection) is not { Length: > 0 } connection)
            throw new UsageException($"--container {container}: {Connection} is not set; it says in which account the container lies.");
        var client = new BlobContainerClient(connection, container);
        var store = new AzureBlobStore(client);
        if (isNew) await store.CreateContainerAsync(cancellationToken);
        else if (!await client.ExistsAsync(cancellationToken)) throw new UsageException($"There is no container '{container}'.");
        return new(store, IsAlone: false, Lock: null, $"container '{container}'");
    }

    /// <summary>Opens the store of a data folder.</summary>
    public static OpenedStore OpenFolder(string folder, bool alone, bool isNew)
    {
        var blobs = Path.Combine(folder, AllInOneHost.BlobFolder);
        if (!isNew && !Directory.Exists(blobs))
            throw new UsageException($"'{folder}' is no data folder of vico up: it holds no '{AllInOneHost.BlobFolder}'.");
        FileStream? held = null;
        try
        {
            held = AllInOneHost.LockFolder(folder);
        }
        catch (UsageException) when (!alone)
        {
            // It runs; what is under way is looked at twice.
        }
        return new(new FolderBlobStore(blobs, othersAllowed: true), held is not null, held, $"'{folder}'");
    }
}
