using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Scalar.AspNetCore;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Feeds;
using ViCo.Gateway.Fleet;
using ViCo.Gateway.Health;
using ViCo.Gateway.Http;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Images;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Mcp;
using ViCo.Gateway.Models;
using ViCo.Gateway.OpenAi;
using ViCo.Gateway.Origins;
using ViCo.Gateway.Photos;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Quotas;
using ViCo.Gateway.Runs;
using ViCo.Gateway.Studio;
using ViCo.Gateway.Tenants;
using ViCo.Gateway.Training;
using ViCo.Gateway.Usage;
using ViCo.Gateway.Webhooks;
using ViCo.Grains;
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
        services.AddViCoMcp();
        services.AddViCoOpenAi();                                           // before the problems: its own routes have a shape of their own
        services.AddViCoProblems();
        services.AddViCoAuthentication();
        services.AddViCoDraining();
        services.AddViCoRateLimits();
        services.AddQuotaOptions();
        services.AddSingleton<TenantLimits>();
        services.AddSingleton<RequestPace>();
        services.AddViCoCompression();
        builder.AddHeaderLimits();
        services.AddSingleton<RoutesAt>();
        services.AddViCoOpenApi();
        services.AddSingleton<StoredAnswers>();
        services.AddSingleton<IdempotencyKeys>();
        services.AddHostedService<AnswerSweep>();
        services.AddSingleton<PreferWait>();
        services.TryAddSingleton(provider =>
            new ModelShelf(provider.GetRequiredService<IBlobStore>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Tokenizers>();
        services.AddSingleton<DrawableSizes>();
        services.AddSingleton<Thumbnails>();
        services.AddSingleton<PictureFiles>();
        services.AddCors();
        services.AddSingleton<AllowedOrigins>();
        services.AddSingleton<CrossOrigin>();
        services.AddSingleton<PhotoUpload>();
        services.AddSingleton<JobHints>();
        services.AddSingleton<WrittenJobs>();
        services.AddSingleton<JobEventReader>();
        services.AddSingleton<EventStream>();
        services.AddSingleton<ChangeReader>();
        services.AddSingleton<StudioConnections>();
        services.AddHostedService(provider => provider.GetRequiredService<StudioConnections>());
        // What callers show that does not hold is told by Guesses, once for each of them.
        foreach (var each in new[] { typeof(ApiKeyHandler), typeof(ScopedTokenHandler), typeof(SessionHandler) })
            builder.Logging.AddFilter(each.FullName, LogLevel.Warning);
        builder.Logging.AddFilter("Microsoft.AspNetCore.Authorization", LogLevel.Warning);
        // A one-time login link has its token in the path.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.Warning);
        services.AddSignalR(hub => hub.AddFilter<HubAccess>()).AddJsonProtocol(json => GatewayJson.Apply(json.PayloadSerializerOptions));
        return builder;
    }

    /// <summary>Maps every route of the gateway.</summary>
    public static WebApplication MapViCo(this WebApplication app)
    {
        app.Services.GetRequiredService<InstallationSecret>();             // a file that cannot be used is told at the start
        app.UseQuerySecrets();
        app.UseSafetyHeaders();
        app.Use(app.Services.GetRequiredService<CrossOrigin>().InvokeAsync);
        app.UseViCoCompression();
        app.UseViCoProblems();
        app.UseHeaderLimits();
        app.UseRouting();
        app.UseMethods();
        app.UseAuthentication();
        app.UseAuthorization();
        app.Use(app.Services.GetRequiredService<Standing>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<RequestPace>().InvokeAsync);
        app.UseViCoRateLimits();
        app.UseKeptBodies();
        app.UseOriginCheck();
        app.UseMcpOrigin();
        app.Use(KnownQuery.CheckAsync);
        app.Use(app.Services.GetRequiredService<PreferWait>().InvokeAsync);
        app.Use(app.Services.GetRequiredService<IdempotencyKeys>().InvokeAsync);

        var all = app.MapGroup("");
        all.AlsoHead();
        all.MapHealth();
        all.MapLogin();
        all.MapStudioFiles();
        all.MapProblemPage();
        all.MapOpenApi().AllowAnonymous();
        all.MapScalarApiReference("/docs", docs => docs.WithTitle("ViCo API").AddPreferredSecuritySchemes(OpenApiDocument.KeyScheme)
            // Whatever would ask another host: this page stays at home.
            .DisableDefaultFonts().DisableTelemetry().DisableAgent().DisableMcp().HideDeveloperTools().HideClientButton()).AllowAnonymous();

        var api = all.MapGroup("/").RequireAuthorization(Authentication.TenantPolicy).AddEndpointFilter<RouteGroupBuilder, JsonETags>();
        api.MapConcepts();
        api.MapPhotos();
        api.MapTraining();
        api.MapRuns();
        api.MapImages();
        api.MapImageZip();
        api.MapJobs();
        api.MapRetry();
        api.MapChanges();
        api.MapWebhooks();
        api.MapModels();
        api.MapUsage();
        api.MapOptions();
        api.MapOpenAi();
        api.MapMcpServer();
        api.MapTokens();
        api.MapSettings();
        api.MapKeys();
        var installation = all.MapGroup("/").RequireAuthorization(Authentication.InstallationPolicy).WithMetadata(new OfInstallation())
            .AddEndpointFilter<RouteGroupBuilder, JsonETags>();
        installation.MapMetrics();
        var admin = installation.MapGroup("/admin");
        admin.MapTenants();
        admin.MapOperatorKeys();
        admin.MapSilos();
        admin.MapScaling();
        app.MapHub<StudioHub>(StudioHub.Path, hub => hub.CloseOnAuthenticationExpiration = true).TakesTokens();
        return app;
    }
}
