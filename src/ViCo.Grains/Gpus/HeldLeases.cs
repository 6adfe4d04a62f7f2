namespace ViCo.Grains.Gpus;

/// <summary>Who holds a lease: by worker, and by the slot of which several workers are the lanes.</summary>
internal sealed class HeldLeases
{
    private readonly Dictionary<string, LineEntry> _byWorker = [];
    private readonly Dictionary<string, HashSet<LineEntry>> _bySlot = [];

    public IReadOnlyCollection<LineEntry> All => _byWorker.Values;

    public LineEntry? Of(string worker) => _byWorker.GetValueOrDefault(worker);

    /// <summary>What the worker's slot holds, whichever of its lanes and incarnations.</summary>
    public IReadOnlyCollection<LineEntry> BesideOf(string worker) => _bySlot.GetValueOrDefault(WorkerInfo.SlotOf(worker)) ?? [];

    public void Add(LineEntry entry, DateTimeOffset now)
    {
        var worker = entry.Lease!.Worker;
        _byWorker[worker] = entry;
        var slot = WorkerInfo.SlotOf(worker);
        if (!_bySlot.TryGetValue(slot, out var held)) _bySlot.Add(slot, held = []);
        held.Add(entry);
        Share(held, now);
    }

    public void Remove(LineEntry entry, DateTimeOffset now)
    {
        var worker = entry.Lease!.Worker;
        _byWorker.Remove(worker);
        var slot = WorkerInfo.SlotOf(worker);
        var held = _bySlot[slot];
        held.Remove(entry);
        if (held.Count == 0) _bySlot.Remove(slot);
        else Share(held, now);
    }

    private static void Share(HashSet<LineEntry> held, DateTimeOffset now)
    {
        foreach (var entry in held) entry.Lease!.SharedBy(held.Count, now);
    }
}
