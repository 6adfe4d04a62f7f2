using Orleans.Placement;
using Orleans.Runtime.MembershipService.SiloMetadata;
using Orleans.Runtime.Placement;

namespace ViCo.Grains.Clustering;

/// <summary>What a silo is for; its metadata tells the others.</summary>
public static class SiloRoles
{
    /// <summary>Keeps grains.</summary>
    public const string Control = "control";

    /// <summary>Runs a GPU worker.</summary>
    public const string Gpu = "gpu";

    internal const string MetadataKey = "vico.roles";
}
