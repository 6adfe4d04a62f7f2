using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ViCo.Gateway.Tests;

/// <summary>Another gateway of the same installation: the same store and cluster, and nothing else in common.</summary>
internal sealed class SecondGateway : IAsyncDisposable
{
    private readonly WebApplication _app;

    private SecondGateway(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<SecondGateway> StartAsync(GatewayHost first)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["ViCo:Storage:Folder"] = first.Blobs });
        builder.Services.AddSingleton(first.Services.GetRequiredService<IGrainFactory>());
        builder.AddViCoGateway();
        var app = builder.Build();
        app.MapViCo();
        await app.StartAsync();
        return new(app);
    }

    /// <summary>As a signal to stop does it.</summary>
    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
