using System.Net;
using System.Net.Sockets;
using ViCo.Silo;

namespace ViCo.Shared;

/// <summary>A control silo in this process over a folder, without workers: a benchmark does their part.</summary>
internal static class ControlHost
{
    public static async Task<WebApplication> StartAsync(
        string folder, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null)
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
        add?.Invoke(builder);
        var app = builder.Build();
        map?.Invoke(app);
        await app.StartAsync();
        return app;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
