using Microsoft.Extensions.Options;
using ViCo.Grains.Clustering;

namespace ViCo.Silo;

/// <summary>What this silo is: section <c>ViCo:Silo</c>.</summary>
public sealed class SiloRoleOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Silo";

    /// <summary>Comma-separated: <c>control</c> keeps grains, <c>gpu</c> runs a worker. Default both: the all-in-one shape.</summary>
    public string Roles { get; set; } = $"{SiloRoles.Control},{SiloRoles.Gpu}";

    /// <summary>
    /// The silo's name: the same after a restart, so that what the process before held is taken over at once, and unlike any other silo's.
    /// Null: machine name and silo port.
    /// </summary>
    public string? Name { get; set; }

    internal IReadOnlyList<string> RoleList => Roles.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}

internal sealed class SiloRoleOptionsValidator : IValidateOptions<SiloRoleOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloRoleOptions options) =>
        options.RoleList.Count == 0 || options.RoleList.Any(r => r is not (SiloRoles.Control or SiloRoles.Gpu))
            ? ValidateOptionsResult.Fail($"{SiloRoleOptions.Section}:Roles is '{options.Roles}'; wanted 'control', 'gpu' or 'control,gpu'.")
            : options.Name?.AsSpan().IndexOfAny("/#") >= 0
                ? ValidateOptionsResult.Fail($"{SiloRoleOptions.Section}:Name is '{options.Name}'; it may not hold '/' or '#'.")
                : ValidateOptionsResult.Success;
}
