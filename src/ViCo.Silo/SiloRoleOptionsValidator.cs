using Microsoft.Extensions.Options;
using ViCo.Grains.Clustering;

namespace ViCo.Silo;

internal sealed class SiloRoleOptionsValidator : IValidateOptions<SiloRoleOptions>
{
    public ValidateOptionsResult Validate(string? name, SiloRoleOptions options) =>
        options.Roles.Any(r => r is not (SiloRoles.Control or SiloRoles.Gpu))
            ? ValidateOptionsResult.Fail(
                $"{SiloRoleOptions.Section}:Roles is '{string.Join(',', options.Roles)}'; wanted 'control', 'gpu' or both.")
            : options.Name?.AsSpan().IndexOfAny("/#") >= 0
                ? ValidateOptionsResult.Fail($"{SiloRoleOptions.Section}:Name is '{options.Name}'; it may not hold '/' or '#'.")
                : ValidateOptionsResult.Success;
}
