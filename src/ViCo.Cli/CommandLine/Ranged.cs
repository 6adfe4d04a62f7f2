using System.CommandLine;
using System.Globalization;

namespace ViCo.Cli.CommandLine;

/// <summary>Options that take a number within limits and say the limits when it is outside.</summary>
internal static class Ranged
{
    public static Option<int?> Int(string name, string description, int min, int max)
    {
        var option = new Option<int?>(name) { Description = description, HelpName = "N" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, CultureInfo.InvariantCulture, out var n)
                && (n < min || n > max))
                result.AddError($"{name} is {n}; {min} to {max} is wanted.");
        });
        return option;
    }
}
