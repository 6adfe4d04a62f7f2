using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Scalar.AspNetCore;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Health;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Images;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Models;
using ViCo.Gateway.Photos;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Runs;
using ViCo.Gateway.Studio;
using ViCo.Gateway.Tenants;
using ViCo.Gateway.Training;
using ViCo.Gateway.Usage;
using ViCo.Grains.Models;
using ViCo.Grains.Storage;
using ViCo.Options;

namespace ViCo.Gateway;

/// <summary>Composes the gateway into a host: its own process, or the all-in-one host beside a silo.</summary>
public static class GatewayHosting
{
    /// <summary>
    /// Adds REST, hub, studio, API keys and browser login over the configured storage. The host provides the grain factory: an Orleans
    /// client (<see cref="ClusterClient"/>) or a silo's own.
    /// </summary>
    public static WebApplicationBuilder AddViCoGateway(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<GatewayOptions>().BindConfiguration("ViCo:Gateway").ValidateOnStart();
        services.AddSingleton<IValidateOptions<GatewayOptions>, GatewayOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(OptionCatalog.Default);
        services.ConfigureHttpJsonOptions(json => GatewayJson.Apply(json.SerializerOptions));
        services.Configure<RouteOptions>(routes => routes.SetParameterPolicy<IdConstraint>("id"));
        services.AddViCoStorage();
        services.AddViCoProblems();
        services.AddViCoAuthentication();
        services.AddViCoRateLimits();
        services.AddViCoOpenApi();
        services.AddSingleton<IdempotencyKeys>();
        services.TryAddSingleton(provider => new ModelShelf(provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Tokenizers>();
        services.AddSingleton<OriginCheck>();
        services.AddSingleton<PhotoUpload>();
        services.AddSingleton<JobHints>();
        services.AddSingleton<JobEventReader>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<StudioConnections>();
        services.AddHostedService(provider => provider.GetRequiredService<StudioConnections>());
        // Cookie keys lie where everything else of the tenants lies, under the same lock; a warning at each start helps nobody.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error);
        // A one-time login link has its token in the path.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        services.AddSignalR().AddJsonProtocol(json => GatewayJson.Apply(json.PayloadSerializerOptions));
        return builder;
    }

    /// <summary>Maps every route of the gateway.</summary>
    public static WebApplication MapViCo(this WebApplication app)
    {
        app.UseSafetyHeaders();
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.UseMiddleware<OriginCheck>();
        app.UseMiddleware<IdempotencyKeys>();

        app.MapHealth();
        app.MapLogin();
        app.MapStudioFiles();
        app.MapOpenApi().AllowAnonymous();
        app.MapScalarApiReference("/docs", docs => docs.WithTitle("ViCo API").AddPreferredSecuritySchemes(OpenApiDocument.KeyScheme)
            // Whatever would ask another host: this page stays at home.
            .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton()).AllowAnonymous();

        var api = app.MapGroup("/").RequireAuthorization(Authentication.UserPolicy);
        api.MapConcepts();
        api.MapPhotos();
        api.MapTraining();
        api.MapRuns();
        api.MapImages();
        api.MapJobs();
        api.MapModels();
        api.MapUsage();
        api.MapOptions();
        app.MapHub<StudioHub>(StudioHub.Path, hub => hub.CloseOnAuthenticationExpiration = true);
        return app;
    }

    /// <summary>Sign-ins: 60 a minute per address, since each asks a grain. Uploads: four at a time per tenant, since each holds photos in memory.</summary>
    private static void AddViCoRateLimits(this IServiceCollection services) => services.AddRateLimiter(limits =>
    {
        limits.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        limits.OnRejected = (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter =
                context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? Math.Max(1, (int)wait.TotalSeconds).ToString() : "5";
            return ValueTask.CompletedTask;
        };
        limits.AddPolicy(PhotosApi.RateLimit, context => RateLimitPartition.GetConcurrencyLimiter(
            context.User.FindFirst(GatewayClaims.Tenant)?.Value ?? "", _ => new() { PermitLimit = 4, QueueLimit = 32 }));
        limits.AddPolicy(LoginApi.RateLimit, context => RateLimitPartition.GetFixedWindowLimiter(
            context.Connection.RemoteIpAddress?.ToString() ?? "", _ => new() { PermitLimit = 60, Window = TimeSpan.FromMinutes(1) }));
    });
}
