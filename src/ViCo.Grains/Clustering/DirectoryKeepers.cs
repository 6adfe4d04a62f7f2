using Microsoft.Extensions.DependencyInjection;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Services;

namespace ViCo.Grains.Clustering;

/// <summary>Which silos keep the directory: the control silos; while none is up, all there are.</summary>
internal sealed class DirectoryKeepers(IServiceProvider services)
{
    /// <summary>How long a silo is waited for that may be dying, or whose role is not known yet.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    // Asked for at the first call: what these need needs the directory.
    private readonly Lazy<Client> _client = new(() => new(services));
    private readonly Lazy<ISiloStatusOracle> _members = new(services.GetRequiredService<ISiloStatusOracle>);
    private readonly Lazy<ISiloMetadataCache> _metadata = new(services.GetRequiredService<ISiloMetadataCache>);

    /// <summary>All that keep a part of it, as far as they are known here.</summary>
    public IReadOnlyList<SiloAddress> All
    {
        get
        {
            SiloAddress[] active = [.. Active];
            SiloAddress[] control = [.. active.Where(silo => _metadata.Value.IsControl(silo) == true)];
            return control.Length > 0 ? control : active;
        }
    }

    /// <summary>Those of them on other silos.</summary>
    public IEnumerable<SiloAddress> Others => All.Where(silo => !silo.Equals(_members.Value.SiloAddress));

    private IEnumerable<SiloAddress> Active => _members.Value.GetApproximateSiloStatuses(onlyActive: true).Keys;

    /// <summary>The part that a silo keeps.</summary>
    public IDirectoryPartition At(SiloAddress silo) => _client.Value.At(silo);

    /// <summary>The part that a grain belongs to.</summary>
    public async ValueTask<IDirectoryPartition> OfAsync(GrainId grain)
    {
        // A silo whose role is not known here yet may be a control silo, and others may know that already.
        for (var waited = TimeSpan.Zero; waited < Patience && Active.Any(silo => _metadata.Value.IsControl(silo) is null); waited += Look)
            await Task.Delay(Look);
        // Rendezvous hashing: when a silo comes or goes, no grains but its own change their keeper.
        var hash = grain.GetUniformHashCode();
        return At(All.MaxBy(silo => (Mixed(hash ^ (uint)silo.GetConsistentHashCode()), silo)) ?? _members.Value.SiloAddress);
    }

    // The end of MurmurHash3: each bit of a number changes half the bits of its mixture.
    private static uint Mixed(uint x)
    {
        x = (x ^ (x >> 16)) * 0x85EBCA6B;
        x = (x ^ (x >> 13)) * 0xC2B2AE35;
        return x ^ (x >> 16);
    }

    private sealed class Client(IServiceProvider services) : GrainServiceClient<IDirectoryPartition>(services)
    {
        public IDirectoryPartition At(SiloAddress silo) => GetGrainService(silo);
    }
}
