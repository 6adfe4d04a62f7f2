using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using ViCo.Grains;
using ViCo.Grains.Clustering;
using ViCo.Grains.Gpus;
using ViCo.Grains.Storage;
using ViCo.Silo.Gpus;

namespace ViCo.Silo;

/// <summary>Composes a silo into a host: its own process, or the all-in-one host beside a gateway.</summary>
public static class SiloHosting
{
    /// <summary>
    /// Adds a silo as configured under <c>ViCo:Silo</c>, <c>ViCo:Cluster</c>, <c>ViCo:Storage</c>, <c>ViCo:Leases</c> and, for role
    /// <c>gpu</c>, <c>ViCo:Engine</c>; all of it is checked at start. The engine loads in the background. When the host stops, running work
    /// is released at its next step boundary.
    /// </summary>
    public static IHostApplicationBuilder AddViCoSilo(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<SiloRoleOptions>().Configure<IConfiguration>(SiloRoleOptions.Read).ValidateOnStart();
        services.AddSingleton<IValidateOptions<SiloRoleOptions>, SiloRoleOptionsValidator>();
        services.AddViCoStorage();

        // Orleans is composed, and would choke on a wrong port, before options are checked.
        var silo = new SiloRoleOptions();
        SiloRoleOptions.Read(silo, builder.Configuration);
        var cluster = builder.Configuration.GetSection(ClusteringOptions.Section).Get<ClusteringOptions>() ?? new();
        List<ValidationResult> wrong = [];
        if (!Validator.TryValidateObject(cluster, new(cluster), wrong, validateAllProperties: true))
        {
            throw new OptionsValidationException(
                ClusteringOptions.Section, typeof(ClusteringOptions), wrong.Select(w => $"{ClusteringOptions.Section}: {w.ErrorMessage}"));
        }
        // Orleans counts a silo's first check from the machine's start, and takes the time since for a deadlock.
        var began = TimeProvider.System.GetTimestamp();
        builder.Logging.AddFilter(
            "Orleans.Runtime.Watchdog", level => level >= LogLevel.Warning
                && TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromMinutes(1));
        var name = silo.Name ?? $"{Environment.MachineName}-{cluster.SiloPort}";
        builder.UseOrleans(orleans =>
        {
            Join(orleans, cluster, takesGateways: silo.Has(SiloRoles.Control));
            orleans.Configure<SiloOptions>(options => options.SiloName = name);
            orleans.AddViCoGrains(silo.Roles);
        });

        if (silo.Has(SiloRoles.Gpu)) services.AddGpuWorker(name);
        return builder;
    }

    /// <summary>
    /// Adds the worker that pulls work for the engine of <c>ViCo:Engine</c>. After the silo: it stops before the silo does.
    /// </summary>
    internal static void AddGpuWorker(this IServiceCollection services, string siloName)
    {
        services.AddOptions<EngineOptions>().BindConfiguration(EngineOptions.Section)
            .Configure<IConfiguration>((options, all) => options.Read(all.GetSection(EngineOptions.Section))).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<EngineOptions>, EngineOptionsValidator>());
        services.AddSingleton<LoadedEngine>();
        services.AddSingleton<ModelNotice>();
        services.AddSingleton(provider => new Workplace(
            siloName, provider.GetRequiredService<IGrainFactory>(), provider.GetRequiredService<IBlobStore>(),
            provider.GetRequiredService<IOptions<LeaseOptions>>().Value,
            provider.GetRequiredKeyedService<TimeProvider>(GrainHosting.ClockKey)));
        services.AddHostedService<GpuWorker>();
    }

    private static void Join(ISiloBuilder orleans, ClusteringOptions cluster, bool takesGateways)
    {
        // A gateway connected to a silo that only computes would suffer from that silo's end.
        var gatewayPort = takesGateways ? cluster.GatewayPort : 0;
        if (cluster.Redis is null)
        {
            var primary = cluster.PrimaryPort is { } port ? new IPEndPoint(IPAddress.Loopback, port) : null;
            orleans.UseLocalhostClustering(cluster.SiloPort, gatewayPort, primary, cluster.ServiceId, cluster.ClusterId);
            return;
        }

        orleans.UseRedisClustering(cluster.Redis);
        orleans.AddControlDirectory();
        // Dead silos are to be known within ten seconds, though many die at once: one voice is enough. It is a control silo's: a silo that
        // only computes, and is cut off, does not declare the others dead.
        orleans.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.MinProbeTimeout = TimeSpan.FromSeconds(1);
            membership.ProbeTimeout = TimeSpan.FromSeconds(2);
            membership.MaxProbeTimeout = TimeSpan.FromSeconds(3);
            membership.NumVotesForDeathDeclaration = 1;
            membership.EnableIndirectProbes = false;
            if (!takesGateways) membership.NumMissedProbesLimit = 1_000;
        });
        orleans.Configure<ClusterOptions>(options => (options.ServiceId, options.ClusterId) = (cluster.ServiceId, cluster.ClusterId));
        if (cluster.Address is null)
            orleans.ConfigureEndpoints(cluster.SiloPort, gatewayPort, AddressFamily.InterNetwork, listenOnAnyHostAddress: true);
        else
            orleans.ConfigureEndpoints(cluster.Address, cluster.SiloPort, gatewayPort, AddressFamily.InterNetwork,
                listenOnAnyHostAddress: true);
    }
}
