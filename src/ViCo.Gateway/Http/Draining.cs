using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ViCo.Gateway.Http;

/// <summary>A gateway that stops cuts off what has not ended after a moment, so that it is gone well within its grace.</summary>
internal static class Draining
{
    // Streams end by themselves before.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(4);

    // Within what docker (10 s) and Kubernetes (30 s) give, and what 'vico up' gives its host.
    private static readonly TimeSpan _shutdown = TimeSpan.FromSeconds(9);

    /// <remarks>By connection: a request costs nothing.</remarks>
    public static void AddViCoDraining(this IServiceCollection services)
    {
        services.Configure<HostOptions>(host => host.ShutdownTimeout = _shutdown);
        services.AddOptions<KestrelServerOptions>().Configure<IHostApplicationLifetime>((server, host) =>
        {
            var cut = new CancellationTokenSource();
            host.ApplicationStopping.Register(() => cut.CancelAfter(_patience));
            server.ConfigureEndpointDefaults(endpoint => endpoint.Use(next => async connection =>
            {
                await using var open = cut.Token.Register(connection.Abort);
                await next(connection);
            }));
        });
    }
}
