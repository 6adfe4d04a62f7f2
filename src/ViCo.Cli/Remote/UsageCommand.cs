using System.CommandLine;
using System.Globalization;

namespace ViCo.Cli.Remote;

/// <summary><c>vico usage</c>: what one's tenant uses on a server.</summary>
internal static class UsageCommand
{
    public static Command Create() =>
        ServerVerb.Of("usage", "What your tenant uses on a server; for the key of an admin.", ("vico usage --json", "for a script"),
            async call =>
    {
        var usage = await call.Client.GetUsageAsync(call.Stop);
        call.Show(usage, ("concepts", usage.Concepts),
            ("stored", string.Create(CultureInfo.InvariantCulture, $"{usage.StoredBytes / 1e6:0.0} MB")));
    });
}
