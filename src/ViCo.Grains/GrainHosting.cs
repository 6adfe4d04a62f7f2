using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.GrainDirectory;
using Orleans.Placement;
using Orleans.Runtime.Hosting;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Storage;
using ViCo.Grains.Clustering;
using ViCo.Grains.Concepts;
using ViCo.Grains.Fleet;
using ViCo.Grains.Gpus;
using ViCo.Grains.Models;
using ViCo.Grains.Quotas;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Grains.Upkeep;
using ViCo.Grains.Webhooks;
using ViCo.Options;

namespace ViCo.Grains;

/// <summary>Composes the grains into a silo.</summary>
public static class GrainHosting
{
    /// <summary>
    /// Key of the <see cref="TimeProvider"/> that leases and events go by; <see cref="SteadyTime"/> unless registered before.
    /// </summary>
    public const string ClockKey = "vico";

    /// <summary>
    /// Has control silos alone keep the directory that says where each grain is active. On every silo of a cluster, or on none.
    /// </summary>
    public static ISiloBuilder AddControlDirectory(this ISiloBuilder silo)
    {
        silo.Services.AddSingleton<DirectoryKeepers>();
        silo.AddGrainService<DirectoryPartition>();
        return silo.AddGrainDirectory(GrainDirectoryAttribute.DEFAULT_GRAIN_DIRECTORY,
            (services, _) => new ControlDirectory(services.GetRequiredService<DirectoryKeepers>()));
    }

    /// <summary>
    /// Adds what the grains need: storage over <see cref="IBlobStore"/> (which the host adds), tenancy guard, placement, clock.
    /// </summary>
    public static ISiloBuilder AddViCoGrains(this ISiloBuilder silo, IReadOnlyList<string> roles)
    {
        silo.UseSiloMetadata(new Dictionary<string, string> { [SiloRoles.MetadataKey] = string.Join(',', roles) });
        silo.AddIncomingGrainCallFilter<TenantGuard>();
        if (!roles.Contains(SiloRoles.Control)) silo.AddIncomingGrainCallFilter<GuestsGoHome>();

        var services = silo.Services;
        services.AddKnownInterfaces();
        services.AddPlacementFilter<ControlSilos, ControlSilosDirector>(ServiceLifetime.Singleton);
        services.AddGrainStorage("Default", (provider, _) => ActivatorUtilities.CreateInstance<BlobGrainStorage>(provider));
        var steady = new SteadyTime(TimeProvider.System);
        services.TryAddKeyedSingleton<TimeProvider>(ClockKey, steady);
        services.AddSingleton<TimeProvider>(steady);            // Orleans', too, and of whatever else runs here
        services.TryAddSingleton(OptionCatalog.Default);
        services.TryAddSingleton(provider => new ModelShelf(
            provider.GetRequiredService<IBlobStore>(), provider.GetRequiredKeyedService<TimeProvider>(ClockKey)));
        services.AddSingleton<Choices>();
        services.AddSingleton<ConceptsHere>();
        services.AddOptions<LeaseOptions>().BindConfiguration(LeaseOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LeaseOptions>, LeaseOptionsValidator>());
        services.AddOptions<FleetOptions>().BindConfiguration(FleetOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<FleetOptions>, FleetOptionsValidator>());
        services.AddQuotaOptions();
        services.AddOptions<WebhookOptions>().BindConfiguration(WebhookOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>());
        services.TryAddSingleton<WebhookSender>();
        if (roles.Contains(SiloRoles.Control))
        {
            services.AddHostedService<WebhookWaker>();
            services.AddHostedService<DeletionSweep>();
        }
        return silo;
    }

    /// <summary>Adds what tenants may use for which nothing else is set: silos and gateways go by it.</summary>
    public static IServiceCollection AddQuotaOptions(this IServiceCollection services)
    {
        services.AddOptions<QuotaOptions>().BindConfiguration(QuotaOptions.Section).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<QuotaOptions>, QuotaOptionsValidator>());
        return services;
    }
}
