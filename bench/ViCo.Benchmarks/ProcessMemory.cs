using System.Globalization;

namespace ViCo.Benchmarks;

/// <summary>What Linux counts of this process's memory, in bytes; 0 elsewhere.</summary>
internal static class ProcessMemory
{
    private const string Status = "/proc/self/status";
    private const string ForgetPeak = "5";

    /// <summary>Resident now.</summary>
    public static long Resident => Read("VmRSS:");

    /// <summary>The most that was ever resident, or since <see cref="ResetPeak"/>.</summary>
    public static long Peak => Read("VmHWM:");

    /// <summary>Lets the peak start again from what is resident now; without the permission it stays.</summary>
    public static void ResetPeak()
    {
        try
        {
            if (OperatingSystem.IsLinux()) File.WriteAllText("/proc/self/clear_refs", ForgetPeak);
        }
        catch (UnauthorizedAccessException)
        {
            // Some containers forbid it: the peak then includes loading, which is the truth as well.
        }
    }

    private static long Read(string key)
    {
        if (!File.Exists(Status)) return 0;
        var line = File.ReadLines(Status).First(l => l.StartsWith(key, StringComparison.Ordinal));
        return long.Parse(line[key.Length..].Replace("kB", "", StringComparison.Ordinal).Trim(), CultureInfo.InvariantCulture) << 10;
    }
}
