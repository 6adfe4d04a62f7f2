using System.ComponentModel.DataAnnotations;

namespace ViCo.Grains.Clustering;

/// <summary>How silos and gateways find each other: section <c>ViCo:Cluster</c>.</summary>
public sealed class ClusteringOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Cluster";

    /// <summary>
    /// StackExchange.Redis connection string of the membership table, such as <c>localhost:6379</c>;
    /// null: localhost clustering on one machine.
    /// </summary>
    public string? Redis { get; set; }

    /// <summary>Silos and gateways with the same id form one cluster. Default <c>vico</c>.</summary>
    [Required] public string ClusterId { get; set; } = "vico";

    /// <summary>Names the deployment over all its clusters; part of stored state's identity. Default <c>vico</c>.</summary>
    [Required] public string ServiceId { get; set; } = "vico";

    /// <summary>Port for silo to silo. Default 11111.</summary>
    [Range(1, 65535)] public int SiloPort { get; set; } = 11111;

    /// <summary>Port on which a control silo takes gateways (Orleans clients). Default 30000; 0: none.</summary>
    [Range(0, 65535)] public int GatewayPort { get; set; } = 30000;

    /// <summary>Without Redis: the silo port of the machine's first silo, when this is another one; null: this is the first.</summary>
    [Range(1, 65535)] public int? PrimaryPort { get; set; }

    /// <summary>With Redis: the address other machines reach this silo at; null: the host's own.</summary>
    public string? Address { get; set; }
}
