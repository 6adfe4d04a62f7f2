using System.Diagnostics.Metrics;

namespace ViCo.Engine.Generation;

/// <summary>Readings of reference photos, whole schedules at a time, the longest unused out first. Owns what it holds.</summary>
/// <remarks>
/// Samplings visit the timesteps of a schedule in the same turn, so one that is kept in part only would lose each reading just before it is
/// wanted again. A schedule is therefore kept whole or not at all: room for all of it is made at its first reading, from schedules that
/// nobody uses now. Readings come of the same pass whether they are kept or not: pictures do not depend on it.
/// </remarks>
/// <param name="capacityBytes">Of tensors on the device.</param>
internal sealed class ReferenceCache(long capacityBytes)
{
    private static readonly Meter Meter = new("ViCo.Engine");

    private static readonly Counter<long> Reads = Meter.CreateCounter<long>(
        "vico.reference_cache.reads", "{reading}", "Readings of reference photos that samplings asked for; result: hit or miss.");

    private static readonly UpDownCounter<long> Size = Meter.CreateUpDownCounter<long>(
        "vico.reference_cache.size", "By", "Bytes set aside for readings of reference photos.");

    private readonly Dictionary<string, KeptReadings> _schedules = [];
    private long _opened;

    /// <summary>Bytes held now, with those set aside for schedules on their first way through.</summary>
    public long Bytes { get; private set; }

    /// <summary>Begins a sampling's way through a schedule.</summary>
    /// <param name="key">Names all that readings depend on but the timestep and the place of S★. Null: nothing is kept.</param>
    /// <param name="timesteps">How many the schedule has.</param>
    public ReferenceSchedule Open(string? key, int timesteps)
    {
        if (key is null) return new(this, null, new(timesteps));
        if (!_schedules.TryGetValue(key, out var kept)) _schedules[key] = kept = new(timesteps);
        kept.Users++;
        kept.LastOpened = ++_opened;
        return new(this, key, kept);
    }

    /// <summary>Disposes everything held. Samplings that are under way go on without the cache.</summary>
    public void Clear()
    {
        foreach (var key in _schedules.Keys.ToArray()) Remove(key);
    }

    /// <summary>Sets bytes aside, if there is room beside what is in use.</summary>
    internal bool Admits(long bytes)
    {
        if (_schedules.Values.Where(s => s.Users > 0).Sum(s => s.Bytes) + bytes > capacityBytes) return false;
        foreach (var (key, _) in _schedules.Where(s => s.Value.Users == 0).OrderBy(s => s.Value.LastOpened).ToArray())
        {
            if (Bytes + bytes <= capacityBytes) break;
            Remove(key);
        }
        Account(bytes);
        return true;
    }

    /// <summary>The last way through a schedule has ended.</summary>
    internal void Close(string key, KeptReadings kept)
    {
        if (--kept.Users > 0 || kept.Disposed) return;
        Account(-kept.DropIncomplete());
        if (kept.Bytes == 0) Remove(key);
    }

    internal static void Count(bool hit) => Reads.Add(1, new KeyValuePair<string, object?>("result", hit ? "hit" : "miss"));

    private void Account(long bytes)
    {
        Bytes += bytes;
        Size.Add(bytes);
    }

    private void Remove(string key)
    {
        if (!_schedules.Remove(key, out var kept)) return;
        Account(-kept.Bytes);
        kept.Dispose();
    }
}
