using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ViCo.Grains.Clustering;

/// <summary>Keeps its part of the directory in memory.</summary>
/// <remarks>
/// Which part of the directory a silo keeps changes with who is there. What was entered elsewhere before is not moved: whoever enters a
/// grain that this part does not know has the other parts asked first.
/// </remarks>
internal sealed partial class DirectoryPartition(
    GrainId id, Orleans.Runtime.Silo silo, ILoggerFactory loggers, DirectoryKeepers keepers, ISiloStatusOracle members)
    : GrainService(id, silo, loggers), IDirectoryPartition
{
    private readonly ConcurrentDictionary<GrainId, GrainAddress> _entries = [];
    private readonly ILogger _logger = loggers.CreateLogger<DirectoryPartition>();

    public async Task<GrainAddress> Register(GrainAddress address, GrainAddress? previous)
    {
        if (Living(address.GrainId) is not { } known)
        {
            var elsewhere = await FindElsewhereAsync(address.GrainId);
            // Somebody else may have entered it meanwhile.
            known = Living(address.GrainId) ?? elsewhere;
        }
        return _entries[address.GrainId] = known is null || (previous is not null && known.Matches(previous)) ? address : known;
    }

    public Task<GrainAddress?> Find(GrainId grain) => Task.FromResult(Living(grain));

    public Task Remove(GrainAddress address)
    {
        if (_entries.TryGetValue(address.GrainId, out var known) && known.Matches(address)) _entries.TryRemove(address.GrainId, out _);
        return Task.CompletedTask;
    }

    private GrainAddress? Living(GrainId grain)
    {
        if (!_entries.TryGetValue(grain, out var known)) return null;
        if (IsThere(known)) return known;
        _entries.TryRemove(grain, out _);
        return null;
    }

    private bool IsThere(GrainAddress? address) => address?.SiloAddress is { } silo && !members.IsDeadSilo(silo);

    private async Task<GrainAddress?> FindElsewhereAsync(GrainId grain)
    {
        var found = await Task.WhenAll(keepers.Others.Select(async silo =>
        {
            try
            {
                return await keepers.At(silo).Find(grain).WaitAsync(DirectoryKeepers.Patience);
            }
            catch (Exception e)
            {
                // It dies. Of two activations of a grain storage lets one write.
                LogNoAnswer(silo, e);
                return null;
            }
        }));
        return found.FirstOrDefault(IsThere);
    }

    [LoggerMessage(LogLevel.Warning, "Silo {Silo} does not say where grains of its part of the directory are")]
    private partial void LogNoAnswer(SiloAddress silo, Exception e);
}
