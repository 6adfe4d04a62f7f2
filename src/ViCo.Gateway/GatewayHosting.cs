namespace ViCo.Gateway;

/// <summary>Composes the gateway into a host: its own process, or the all-in-one host beside a silo.</summary>
public static class GatewayHosting
{
    /// <summary>
    /// Adds REST, hub, studio, API keys and browser login. The host provides the grain factory (an Orleans client, or a silo's own)
    /// and an <see cref="Grains.Storage.IBlobStore"/>.
    /// </summary>
    public static WebApplicationBuilder AddViCoGateway(this WebApplicationBuilder builder) => builder;

    /// <summary>Maps every route of the gateway.</summary>
    public static WebApplication MapViCo(this WebApplication app)
    {
        app.MapGet("/healthz", () => "ok");
        return app;
    }
}
