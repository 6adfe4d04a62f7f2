using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Simulation;

/// <summary>
/// Jobs, queue and workers on a virtual clock and one thread, with every message, write, process and activation at the mercy of a seed.
/// <see cref="JobMachine"/>, <see cref="DurableState{T}"/> and <see cref="GpuLine"/> are the real ones; what the grains put between them
/// is repeated here in its order.
/// </summary>
internal sealed class SimulatedPlatform
{
    private const int MaxFruitless = 1_000;

    private readonly Random _random;
    private readonly LeaseOptions _options = new() { MaxFruitlessAttempts = MaxFruitless };
    private readonly SortedDictionary<string, QueueEntry> _markers = new(StringComparer.Ordinal);
    private readonly List<SimulatedJob> _jobs = [];
    private readonly List<SimulatedWorker> _workers = [];
    private GpuLine _line;
    private int _incarnations;

    public SimulatedPlatform(int seed)
    {
        _random = new(seed);
        _line = new(_options, Now);
        for (var i = 0; i < 4; i++) _jobs.Add(new(this, $"tenant{i % 2}/job{i}", sampling: i % 3 == 2, units: _random.Next(1, 30)));
        for (var i = 0; i < 3; i++) Begin($"silo{i}/cpu");
    }

    public DateTimeOffset Now { get; private set; } = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How often messages and writes go wrong.</summary>
    public double Faults { get; private set; } = 0.1;

    public IReadOnlyList<SimulatedJob> Jobs => _jobs;

    public double Roll() => _random.NextDouble();

    public int Next(int from, int to) => _random.Next(from, to);

    /// <summary>Trouble for a while, then none: everything must come to its end.</summary>
    public void Run()
    {
        foreach (var job in _jobs) job.Submitted = false;
        for (var action = 0; action < 400; action++) Act();
        Faults = 0;
        Calm(6_000, until: () => _jobs.All(j => j.Submitted && j.HasEnded));
        foreach (var job in _jobs) job.CheckEnd();

        // A marker whose deletion failed goes when the queue is rebuilt; a lease whose end got lost, when it runs out.
        RebuildQueue();
        Calm(400, until: () => false);
        Require(_markers.Count == 0 && _line.RunningLeases().Count == 0 && _line.WaitingEntries().Count == 0,
            "the queue is empty when all work is done");
    }

    private void Calm(int rounds, Func<bool> until)
    {
        for (var round = 0; round < rounds && !until(); round++)
        {
            foreach (var job in _jobs) job.SubmitUntilAnswered();
            Now += TimeSpan.FromMilliseconds(200);
            foreach (var worker in _workers.ToList()) worker.Act();
            Expire();
        }
    }

    /// <summary>The queue's silo dies: what it remembers is gone, the markers are not.</summary>
    private void RebuildQueue()
    {
        _line = new(_options, Now);
        foreach (var marker in _markers.Values) _line.Restore(marker, Now);
    }

    public static void Require(bool holds, string truth)
    {
        if (!holds) throw new InvalidOperationException($"Not so: {truth}.");
    }

    // What GpuQueueGrain does around the line.

    public void Enqueue(QueueEntry entry)
    {
        Deliver();
        if (!_line.Contains(entry.JobKey)) _markers[entry.JobKey] = entry with { Attempt = 1 };
        _line.Enqueue(entry, Now);
        Answer();
    }

    public void Remove(string jobKey)
    {
        Deliver();
        if (_line.Remove(jobKey, Now) is not null)
        {
            // The marker's deletion may fail after the line has forgotten the job.
            if (Roll() < Faults / 2) throw new IOException("delete");
            _markers.Remove(jobKey);
        }
        Answer();
    }

    public GpuLease? Lease(string worker)
    {
        Deliver();
        TellLost(_line.LoseSlot(worker, Now));
        Expire();
        while (true)
        {
            var (lease, ask) = _line.Lease(worker, Now);
            if (ask is null)
            {
                Answer();
                return lease;
            }
            Verify(ask);
        }
    }

    public LeaseState Renew(GpuLease lease, string worker)
    {
        Deliver();
        if (_line.Renew(lease.JobKey, lease.Attempt, worker, Now) is not { } state)
        {
            Verify(lease.JobKey);
            state = _line.Renew(lease.JobKey, lease.Attempt, worker, Now) ?? throw new IOException("unverified");
        }
        Answer();
        return state;
    }

    public void Done(GpuLease lease)
    {
        Deliver();
        TellLost(_line.Done(lease.JobKey, lease.Attempt, Now));
        Answer();
    }

    public SimulatedJob Job(string key) => _jobs.Single(j => j.Key == key);

    public void Deliver()
    {
        if (Roll() < Faults) throw new IOException("the message got lost");
    }

    public void Answer()
    {
        if (Roll() < Faults) throw new IOException("the answer got lost");
    }

    /// <summary>A worker's process, which does two jobs at a time.</summary>
    private void Begin(string slot)
    {
        _incarnations++;
        for (var lane = 1; lane <= 2; lane++) _workers.Add(new(this, slot, _incarnations, lane));
    }

    private void Act()
    {
        Now += TimeSpan.FromSeconds(Roll() < 0.05 ? 20 : Roll());
        switch (Next(0, 40))
        {
            case 0:
                RebuildQueue();
                break;
            case 1:
                // A worker's process dies, with all it does, and another starts in its place.
                var dead = _workers[Next(0, _workers.Count)].Slot;
                _workers.RemoveAll(w => w.Slot == dead);
                Begin(dead);
                break;
            case 2 when _workers.Count < 12:
                // A worker is cut off and goes on working: it can neither renew nor lease, its results still arrive.
                var cut = _workers[Next(0, _workers.Count)].Slot;
                foreach (var worker in _workers.Where(w => w.Slot == cut)) worker.CutOff = true;
                Begin($"silo{_incarnations}/cpu");
                break;
            case 3 when Roll() < 0.1:
                Try(() => _jobs[Next(0, _jobs.Count)].Cancel());
                break;
            case 4:
                _jobs[Next(0, _jobs.Count)].Reactivate();
                break;
            case 5:
                Expire();
                break;
            case 6:
                _workers[Next(0, _workers.Count)].Pause();
                break;
            case < 12:
                Try(() => _jobs[Next(0, _jobs.Count)].Submit());
                break;
            default:
                _workers[Next(0, _workers.Count)].Act();
                break;
        }
    }

    private void Verify(string jobKey)
    {
        try
        {
            if (!_line.Learn(jobKey, Job(jobKey).GetOwner(), Now)) Remove(jobKey);
        }
        catch (IOException)
        {
            _line.Defer(jobKey, Now);
        }
    }

    private void Expire() => TellLost(_line.Expire(Now));

    private void TellLost(IReadOnlyList<LostLease> lost)
    {
        foreach (var lease in lost) Try(() => Job(lease.JobKey).LeaseLost(lease.Attempt, lease.Died));
    }

    public static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (Exception e) when (e is IOException or Orleans.Storage.InconsistentStateException)
        {
            return false;
        }
    }
}
