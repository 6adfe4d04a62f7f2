using System.Globalization;

namespace ViCo.Grains.Fleet;

/// <summary>Which silos the pool keeps, and how many devices it is to have with those that cannot leave yet.</summary>
/// <remarks>
/// Silos leave as a StatefulSet takes them away: the highest number at the end of the name first. So the number counts all devices up to
/// the last silo that still works, whatever is wanted.
/// </remarks>
/// <param name="Devices">How many the pool is to have.</param>
/// <param name="Spare">Silos that nobody told anything and that the pool does not need.</param>
internal sealed record ScalingPlan(int Devices, IReadOnlySet<string> Spare)
{
    /// <param name="wanted">Devices that work.</param>
    public static ScalingPlan Of(int wanted, IEnumerable<SiloView> silos)
    {
        var (left, counted, total, needed) = (wanted, 0, 0, 0);
        HashSet<string> spare = [];
        foreach (var silo in silos.OrderBy(s => OrdinalOf(s.Name)).ThenBy(s => s.Name, StringComparer.Ordinal))
        {
            var devices = silo.Workers.Count;
            total += devices;
            if (silo.Running.Count > 0) needed = total;
            if (left <= 0)
            {
                if (silo.State == SiloState.Active) spare.Add(silo.Name);
                continue;
            }
            counted = total;
            if (silo.State == SiloState.Active) left -= devices;
        }
        return new(Math.Max(counted + Math.Max(left, 0), needed), spare);
    }

    /// <summary>The number that a name ends with; without one it comes first.</summary>
    internal static int OrdinalOf(string silo) =>
        int.TryParse(silo.AsSpan(silo.AsSpan().LastIndexOf('-') + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var ordinal)
            ? ordinal : -1;
}
