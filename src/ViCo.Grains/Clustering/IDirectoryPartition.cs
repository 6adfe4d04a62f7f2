using Orleans.Services;

namespace ViCo.Grains.Clustering;

/// <summary>A control silo's part of the directory that says where each grain is active.</summary>
[Alias("vico.IDirectoryPartition")]
internal interface IDirectoryPartition : IGrainService
{
    /// <summary>Enters where a grain is active, unless it is active elsewhere.</summary>
    /// <returns>Where it is active.</returns>
    [Alias("Register")] Task<GrainAddress> Register(GrainAddress address, GrainAddress? previous);

    /// <summary>Where a grain is active, as far as this part knows; null: nowhere.</summary>
    [Alias("Find")] Task<GrainAddress?> Find(GrainId grain);

    /// <summary>The grain is not active there any more.</summary>
    [Alias("Remove")] Task Remove(GrainAddress address);
}
