using Orleans.Concurrency;

namespace ViCo.Grains.Fleet;

/// <summary>
/// The silos that take a pool's work, and what they may be given. Key: the pool. What was said of a silo outlives every process, the silo's
/// own too, until it is taken back or the silo is removed. Every command may be repeated.
/// </summary>
[Alias("vico.IFleetGrain")]
public interface IFleetGrain : IGrainWithStringKey
{
    /// <summary>All silos that are there or of which something was said, by name.</summary>
    [Alias("GetSilos"), AlwaysInterleave] Task<IReadOnlyList<SiloView>> GetSilos();

    /// <summary>Says what a silo may be given from now on.</summary>
    /// <returns>The silo, or null: there is none of this name.</returns>
    [Alias("Change")] Task<SiloView?> Change(string silo, SiloState state);

    /// <summary>Forgets a silo that is gone.</summary>
    /// <returns>Null: there is none of this name. Otherwise as it was; it is forgotten unless it still has workers.</returns>
    [Alias("Remove")] Task<SiloView?> Remove(string silo);

    /// <summary>How many devices the pool should have, with what that is reckoned from.</summary>
    [Alias("GetScaling"), AlwaysInterleave] Task<Scaling> GetScaling();

    /// <summary>The silos that get no work; spare ones as draining.</summary>
    [Alias("GetStates"), AlwaysInterleave] Task<IReadOnlyDictionary<string, SiloState>> GetStates();
}
