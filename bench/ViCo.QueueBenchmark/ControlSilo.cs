using System.Net;
using System.Net.Sockets;
using ViCo.Grains.Gpus;
using ViCo.Silo;

namespace ViCo.QueueBenchmark;

/// <summary>A control silo in this process over a folder, without workers: the benchmark does their part.</summary>
internal sealed class ControlSilo : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ControlSilo(WebApplication app) => _app = app;

    public IGpuQueueGrain Queue =>
        _app.Services.GetRequiredService<IGrainFactory>().GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);

    public static async Task<ControlSilo> StartAsync(string folder)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Error);
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ViCo:Storage:Folder"] = Path.Combine(folder, "blobs"), ["ViCo:Silo:Roles"] = "control",
            ["ViCo:Cluster:SiloPort"] = $"{FreePort()}", ["ViCo:Cluster:GatewayPort"] = $"{FreePort()}",
        });
        builder.AddViCoSilo();
        var app = builder.Build();
        await app.StartAsync();
        return new(app);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
