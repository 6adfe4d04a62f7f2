using Orleans.Runtime.MembershipService.SiloMetadata;

namespace ViCo.Grains.Clustering;

internal static class SiloRolesOfOthers
{
    /// <summary>Null: not known yet.</summary>
    public static bool? IsControl(this ISiloMetadataCache metadata, SiloAddress silo) =>
        metadata.GetSiloMetadata(silo).Metadata.TryGetValue(SiloRoles.MetadataKey, out var roles)
            ? roles.Split(',').Contains(SiloRoles.Control) : null;
}
