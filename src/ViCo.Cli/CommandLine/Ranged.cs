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
            if (result.Tokens is [{ Value: var text }] && int.TryParse(text, CultureInfo.InvariantCulture, out var n) && (n < min || n > max))
                result.AddError($"{name} is {n}; {min} to {max} is wanted.");
        });
        return option;
    }

    public static Option<double?> Double(string name, string description, double min, double max)
    {
        var option = new Option<double?>(name) { Description = description, HelpName = "X" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var comma }] && comma.Contains(',', StringComparison.Ordinal))
                result.AddError($"{name} is {comma}; a number has a decimal point here: {comma.Replace(',', '.')}.");
            else if (result.Tokens is [{ Value: var text }] && double.TryParse(text, CultureInfo.InvariantCulture, out var n) && !(n >= min && n <= max))
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is {n}; {min} to {max} is wanted."));
        });
        return option;
    }
}
