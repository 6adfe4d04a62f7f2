using System.Globalization;

namespace ViCo.Engine;

/// <summary>How much memory a device still has for this process.</summary>
internal static class FreeMemory
{
    /// <summary>
    /// In bytes; null where it is not known. On a CPU the least of what the system, the control group and the process's own limit leave.
    /// </summary>
    public static long? On(Device device)
    {
        if (device.type == DeviceType.CUDA) return TorchSwitches.CudaFree(Math.Max(device.index, 0));
        if (device.type != DeviceType.CPU) return null;
        if (OperatingSystem.IsLinux()) return OnLinux("/");
        return Math.Max(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - Environment.WorkingSet, 0);
    }

    /// <summary>Of a Linux whose <c>proc</c> and <c>sys</c> lie below a folder.</summary>
    internal static long? OnLinux(string root)
    {
        long?[] bounds = [Value("proc/meminfo", "MemAvailable:"), OfControlGroup(root), OfLimit(root)];
        return bounds.Min() is { } least ? Math.Max(least, 0) : null;

        long? Value(string file, string key) =>
            Number(Lines(root, file).FirstOrDefault(l => l.StartsWith(key, StringComparison.Ordinal))?[key.Length..]) << 10;
    }

    /// <summary>The tightest of the group's and its parents' limits; file pages that the kernel can drop count as free.</summary>
    private static long? OfControlGroup(string root)
    {
        var path = Lines(root, "proc/self/cgroup").FirstOrDefault(l => l.StartsWith("0::", StringComparison.Ordinal))?["0::".Length..]
            .Trim('/') ?? "";
        long? least = null;
        while (true)
        {
            var group = Path.Combine("sys/fs/cgroup", path);
            if (Number(First($"{group}/memory.max")) is { } limit && Number(First($"{group}/memory.current")) is { } used)
            {
                const string droppable = "inactive_file ";
                var files = Number(Lines(root, $"{group}/memory.stat")
                    .FirstOrDefault(l => l.StartsWith(droppable, StringComparison.Ordinal))?[droppable.Length..]);
                least = Math.Min(least ?? long.MaxValue, limit - used + (files ?? 0));
            }
            if (path.Length == 0) return least;
            path = Path.GetDirectoryName(path) ?? "";
        }

        string? First(string file) => Lines(root, file).FirstOrDefault();
    }

    /// <summary>What <c>ulimit -d</c> leaves: it counts all private writable memory, mapped weights too.</summary>
    private static long? OfLimit(string root)
    {
        const string limit = "Max data size", used = "VmData:";
        var line = Lines(root, "proc/self/limits").FirstOrDefault(l => l.StartsWith(limit, StringComparison.Ordinal));
        return Number(line?[limit.Length..]) - (
            Number(Lines(root, "proc/self/status")
            .FirstOrDefault(l => l.StartsWith(used, StringComparison.Ordinal))?[used.Length..]) << 10);
    }

    private static IEnumerable<string> Lines(string root, string file)
    {
        var path = Path.Combine(root, file);
        return File.Exists(path) ? File.ReadLines(path) : [];
    }

    /// <summary>The first word as a number; null for <c>max</c>, <c>unlimited</c> and nothing.</summary>
    private static long? Number(string? text) =>
        text?.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var word, ..]
            && long.TryParse(word, CultureInfo.InvariantCulture, out var number)
            ? number : null;
}
