using Orleans.GrainDirectory;

namespace ViCo.Grains.Clustering;

/// <summary>
/// Orleans' grain directory, kept by the control silos alone: when silos that only compute are lost, no call fails that has nothing to do
/// with them. Orleans' own is spread over all silos.
/// </summary>
internal sealed class ControlDirectory(DirectoryKeepers keepers) : IGrainDirectory
{
    public Task<GrainAddress?> Register(GrainAddress address) => Register(address, null);

    public async Task<GrainAddress?> Register(GrainAddress address, GrainAddress? previousAddress) =>
        await (await keepers.OfAsync(address.GrainId)).Register(address, previousAddress);

    public async Task<GrainAddress?> Lookup(GrainId grainId) => await (await keepers.OfAsync(grainId)).Find(grainId);

    // An earlier keeper may still know it; one that dies keeps no other from hearing of it.
    public Task Unregister(GrainAddress address) => Task.WhenAll(keepers.All.Select(silo => keepers.At(silo).Remove(address)));

    /// <summary>Does nothing: an entry of a dead silo is none.</summary>
    public Task UnregisterSilos(List<SiloAddress> siloAddresses) => Task.CompletedTask;
}
