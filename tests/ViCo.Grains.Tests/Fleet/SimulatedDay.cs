using ViCo.Grains.Fleet;
using ViCo.Grains.Gpus;

namespace ViCo.Grains.Tests.Fleet;

/// <summary>
/// A pool for a day, second by second: the real line and the real plan, jobs that come by chance, a StatefulSet whose nodes take minutes to
/// come, and a HorizontalPodAutoscaler as Kubernetes reckons it.
/// </summary>
/// <param name="rate">Jobs that come in a second at a time of day in seconds.</param>
internal sealed class SimulatedDay(int seed, FleetOptions options, Func<int, double> rate)
{
    private const int NodeTakes = 300, LooksEvery = 15;

    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Random _random = new(seed);
    private readonly GpuLine _line = new(new(), Begin);
    private readonly WantedDevices _wanted = new(options);
    private readonly Autoscaler _autoscaler = new();
    private readonly List<Node> _nodes = [];
    private readonly Dictionary<string, Job> _jobs = [];
    private IReadOnlySet<string> _spare = new HashSet<string>();
    private int _now;

    /// <summary>Jobs whose node was taken away under them.</summary>
    public int Killed { get; private set; }

    public int Submitted { get; private set; }

    public int Done { get; private set; }

    public List<double> Waits { get; } = [];

    /// <summary>Nodes that were there or came, second by second.</summary>
    public List<int> Nodes { get; } = [];

    private DateTimeOffset Now => Begin + TimeSpan.FromSeconds(_now);

    public void Run(int seconds)
    {
        for (var node = 0; node < options.LeastDevices; node++) _nodes.Add(new(node, ready: 0));
        // What the autoscaler sees is as old as its last look.
        var (metric, next) = (options.LeastDevices, options.LeastDevices);
        for (var end = _now + seconds; _now < end; _now++)
        {
            Arrive();
            foreach (var node in _nodes.Where(n => n.Ready <= _now)) Work(node);
            if (_now % LooksEvery == 0)
            {
                (metric, next) = (next, Look());
                Scale(_autoscaler.Sync(_nodes.Count, metric, _now));
            }
            Nodes.Add(_nodes.Count);
        }
    }

    /// <summary>The most changes of direction in any hour.</summary>
    public int Reversals()
    {
        List<int> at = [];
        var direction = 0;
        for (var i = 1; i < Nodes.Count; i++)
        {
            var change = Math.Sign(Nodes[i] - Nodes[i - 1]);
            if (change == 0) continue;
            if (direction != 0 && change != direction) at.Add(i);
            direction = change;
        }
        return at.Count == 0 ? 0 : at.Max(from => at.Count(t => t >= from && t < from + 3600));
    }

    private void Arrive()
    {
        // Knuth's draw of a Poisson number; a second has few.
        var (limit, product) = (Math.Exp(-rate(_now)), _random.NextDouble());
        for (; product > limit; product *= _random.NextDouble())
        {
            var draws = _random.NextDouble() < 0.7;
            var job = new Job($"t{_random.Next(50)}/job{Submitted++}", draws, Math.Ceiling(-Math.Log(1 - _random.NextDouble()) * (draws
                ? 10 : 150)), _now);
            _jobs.Add(job.Key, job);
            _line.Enqueue(new(job.Key, 1, draws, Now), Now);
        }
    }

    private void Work(Node node)
    {
        if (node.Lease is null && !_spare.Contains(node.Name) && _line.Lease(node.Worker, Now).Lease is { } lease)
        {
            node.Lease = lease;
            var starts = _jobs[lease.JobKey];
            if (!starts.Started) Waits.Add(_now - starts.At);
            starts.Started = true;
        }
        if (node.Lease is not { } held) return;
        var job = _jobs[held.JobKey];
        if (--job.Left <= 0)
        {
            _line.Remove(held.JobKey, Now);
            _jobs.Remove(held.JobKey);
            node.Lease = null;
            Done++;
        }
        else if (_line.Renew(held.JobKey, held.Attempt, node.Worker, Now) != LeaseState.Kept || !job.Draws && _spare.Contains(node.Name))
        {
            _line.Enqueue(new(held.JobKey, held.Attempt + 1, job.Draws, Begin), Now);
            node.Lease = null;
        }
    }

    private int Look()
    {
        var leases = _line.Leases(Now);
        SiloView[] silos = [.. _nodes.Where(n => n.Ready <= _now).Select(n => new SiloView(
            n.Name, SiloState.Active, [new(n.Worker, n.Name, "gpu", "any")], [.. leases.Where(l => l.Silo == n.Name)]))];
        var plan = ScalingPlan.Of(_wanted.Next(_line.Load(Now), silos.Length, Now), silos);
        _spare = plan.Spare;
        return plan.Devices;
    }

    private void Scale(int replicas)
    {
        for (var node = _nodes.Count; node < replicas; node++) _nodes.Add(new(node, ready: _now + NodeTakes));
        for (; _nodes.Count > replicas; _nodes.RemoveAt(_nodes.Count - 1))
        {
            if (_nodes[^1].Lease is not null) Killed++;
        }
    }

    private sealed class Node(int ordinal, int ready)
    {
        public string Name { get; } = $"gpu-{ordinal}";

        public string Worker { get; } = $"gpu-{ordinal}/gpu#{ready}";

        public int Ready => ready;

        public GpuLease? Lease { get; set; }
    }

    private sealed class Job(string key, bool draws, double seconds, int at)
    {
        public string Key => key;

        public bool Draws => draws;

        public int At => at;

        public double Left { get; set; } = seconds;

        public bool Started { get; set; }
    }
}
