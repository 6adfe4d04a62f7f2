using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Azure.Storage.Blobs;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Storage;

public sealed class AzureBlobStoreTests(Azurite azurite) : BlobStoreContract, IClassFixture<Azurite>
{
    protected override IBlobStore Store => azurite.Store;
}

/// <summary>Azurite on a free loopback port, installed from npm into the user's cache on first use.</summary>
public sealed class Azurite : IAsyncLifetime
{
    private readonly TempFolder _data = new();
    private Process? _server;
    private AzureBlobStore? _store;
    private string? _missing;

    public IBlobStore Store
    {
        get
        {
            if (_missing is not null) Assert.Skip(_missing);
            return _store!;
        }
    }

    public async ValueTask InitializeAsync()
    {
        if (!await HasAsync("node") || !await HasAsync("npm"))
        {
            _missing = "node and npm are not installed (Debian: apt install nodejs npm), so Azurite cannot run.";
            return;
        }
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache", "vico", "azurite");
        var script = Path.Combine(cache, "node_modules", "azurite", "dist", "src", "blob", "main.js");
        if (!File.Exists(script))
        {
            Directory.CreateDirectory(cache);
            await RunAsync("npm", "install", "azurite@3", "--prefix", cache, "--no-audit", "--no-fund");
        }

        int port;
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }
        _server = Process.Start(new ProcessStartInfo("node",
            [script, "--blobHost", "127.0.0.1", "--blobPort", $"{port}", "--location", _data.Path, "--skipApiVersionCheck", "--silent"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        // Azurite's published development account.
        var connection = "DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey="
            + "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;"
            + $"BlobEndpoint=http://127.0.0.1:{port}/devstoreaccount1;";
        _store = new AzureBlobStore(new BlobContainerClient(connection, "vico"));
        await UntilListeningAsync(port);
        await _store.CreateContainerAsync();
        await _store.CreateContainerAsync();                    // a second start finds it there
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            _server.Kill(entireProcessTree: true);
            await _server.WaitForExitAsync();
            _server.Dispose();
        }
        _data.Dispose();
    }

    private static async Task UntilListeningAsync(int port)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (tries < 200)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task<bool> HasAsync(string program)
    {
        try
        {
            await RunAsync(program, "--version");
            return true;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} failed: {await error}");
    }
}
