using ViCo.Grains.Clustering;

namespace ViCo.Silo;

/// <summary>What this silo is: section <c>ViCo:Silo</c>.</summary>
public sealed class SiloRoleOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Silo";

    /// <summary>
    /// A list, or one comma-separated value: <c>control</c> keeps grains, <c>gpu</c> runs a worker. Not set: both, the all-in-one shape.
    /// </summary>
    public IReadOnlyList<string> Roles { get; set; } = [];

    /// <summary>
    /// The silo's name: the same after a restart, so that what the process before held is taken over at once, and unlike any other silo's.
    /// Null: machine name and silo port.
    /// </summary>
    public string? Name { get; set; }

    internal bool Has(string role) => Roles.Contains(role);

    internal static void Read(SiloRoleOptions options, IConfiguration configuration)
    {
        var section = configuration.GetSection(Section);
        options.Name = section[nameof(Name)];
        // The binder would take one of the two shapes and pass over the other in silence.
        var roles = section.GetSection(nameof(Roles));
        options.Roles = roles.Value is { } value
            ? value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            : [.. roles.GetChildren().Select(r => r.Value ?? "")];
        if (options.Roles.Count == 0) options.Roles = [SiloRoles.Control, SiloRoles.Gpu];
    }
}
