using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Metadata;
using Orleans.Runtime;
using Orleans.Serialization.TypeSystem;

namespace ViCo.Grains.Clustering;

/// <summary>
/// What each grain interface is called among silos, looked up once: Orleans reads the attributes of the type anew for every reference.
/// </summary>
internal sealed class KnownInterfaces(IServiceProvider services, TypeConverter types) : IGrainInterfaceTypeProvider
{
    private readonly GrainInterfaceTypeResolver _names = new([new AttributeGrainInterfaceTypeProvider(services)], types);
    private readonly ConcurrentDictionary<Type, GrainInterfaceType> _known = [];

    public bool TryGetGrainInterfaceType(Type type, out GrainInterfaceType grainInterfaceType)
    {
        grainInterfaceType = _known.GetOrAdd(type, _names.GetGrainInterfaceType);
        return true;
    }
}

/// <summary>Makes references to grains cheap, in silos and in their clients.</summary>
public static class GrainReferences
{
    /// <summary>Asked before Orleans' own provider, which must be there already or come later.</summary>
    public static void AddKnownInterfaces(this IServiceCollection services) =>
        services.Insert(0, ServiceDescriptor.Singleton<IGrainInterfaceTypeProvider, KnownInterfaces>());
}
