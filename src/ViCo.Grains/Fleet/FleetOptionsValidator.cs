using Microsoft.Extensions.Options;

namespace ViCo.Grains.Fleet;

internal sealed class FleetOptionsValidator : IValidateOptions<FleetOptions>
{
    private const int Most = 10_000;

    public ValidateOptionsResult Validate(string? name, FleetOptions options)
    {
        List<string> wrong = [];
        if (options.Wait < TimeSpan.FromSeconds(1) || options.Wait > TimeSpan.FromDays(1))
            wrong.Add($"{FleetOptions.Section}:Wait is {options.Wait}; wanted 1 s to 1 day.");
        if (options.Calm < TimeSpan.Zero || options.Calm > TimeSpan.FromDays(1))
            wrong.Add($"{FleetOptions.Section}:Calm is {options.Calm}; wanted 0 to 1 day.");
        if (options.LeastDevices is < 0 or > Most)
            wrong.Add($"{FleetOptions.Section}:LeastDevices is {options.LeastDevices}; wanted 0 to {Most}.");
        if (options.MostDevices < options.LeastDevices || options.MostDevices > Most)
            wrong.Add($"{FleetOptions.Section}:MostDevices is {options.MostDevices}; wanted {options.LeastDevices} to {Most}.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
