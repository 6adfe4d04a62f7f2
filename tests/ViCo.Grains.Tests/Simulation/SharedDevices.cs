using ViCo.Grains.Gpus;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Tests.Simulation;

/// <summary>Devices, jobs that need so many seconds of one, and the real line between them, second by second.</summary>
internal sealed class SharedDevices(int devices, LeaseOptions? options = null)
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Dictionary<string, Work> _work = [];
    private readonly (GpuLease Lease, double Since)?[] _busy = new (GpuLease, double)?[devices];

    public GpuLine Line { get; } = new(options ?? new(), Begin);

    public double Seconds { get; private set; }

    public DateTimeOffset Now => Begin + TimeSpan.FromSeconds(Seconds);

    /// <summary>GPU-seconds of each tenant, second by second.</summary>
    public List<Dictionary<string, double>> Used { get; } = [];

    public int Pauses { get; private set; }

    /// <summary>Of them those for a drawing.</summary>
    public int PausesForDrawings { get; private set; }

    /// <summary>Called when a job is done: whoever always has work brings the next.</summary>
    public Action<string> Done { get; set; } = _ => { };

    /// <summary>What a training loses at each start: photos and weights are read again.</summary>
    public double StartCosts { get; init; }

    public Work this[string key] => _work[key];

    public void Submit(string key, double seconds, bool interactive, string? user = null)
    {
        _work.Add(key, new(seconds, interactive, Seconds));
        Line.Enqueue(new(key, 1, interactive, Now, user), Now);
    }

    public void Run(double seconds)
    {
        for (var end = Seconds + seconds; Seconds < end;) Second();
    }

    /// <summary>Of GPU-seconds within a window, among these tenants: 1 where all got the same.</summary>
    public double Jain(int from, int count, IReadOnlyCollection<string> tenants)
    {
        double[] used = [.. tenants.Select(t => Used.Skip(from).Take(count).Sum(second => second.GetValueOrDefault(t)))];
        return Math.Pow(used.Sum(), 2) / (used.Length * used.Sum(u => u * u));
    }

    private void Second()
    {
        Dictionary<string, double> used = [];
        for (var device = 0; device < devices; device++)
        {
            if (_busy[device] is null && Line.Lease($"silo{device}/gpu#1", Now).Lease is { } lease)
            {
                _busy[device] = (lease, Seconds);
                _work[lease.JobKey].Started ??= Seconds;
                if (!_work[lease.JobKey].Interactive) _work[lease.JobKey].Left += StartCosts;
            }
            if (_busy[device] is not { } run) continue;
            var (key, work) = (run.Lease.JobKey, _work[run.Lease.JobKey]);
            var tenant = TenantId.OfKey(key).Value;
            used[tenant] = used.GetValueOrDefault(tenant) + 1;
            work.Left--;
            if (work.Left <= 0)
            {
                _busy[device] = null;
                work.Ended = Seconds + 1;
                Line.Remove(key, Now + TimeSpan.FromSeconds(1));
                Done(key);
            }
            else if (Line.Renew(key, run.Lease.Attempt, $"silo{device}/gpu#1", Now) is var state and not LeaseState.Kept)
            {
                Pauses++;
                if (state == LeaseState.PauseAsked) PausesForDrawings++;
                _busy[device] = null;
                Line.Enqueue(new(key, run.Lease.Attempt + 1, work.Interactive, Begin), Now);
            }
        }
        Used.Add(used);
        Seconds++;
    }

    internal sealed class Work(double seconds, bool interactive, double submitted)
    {
        public double Left { get; set; } = seconds;

        public bool Interactive => interactive;

        public double Submitted => submitted;

        public double? Started { get; set; }

        public double? Ended { get; set; }
    }
}
