using ViCo.Engine;
using ViCo.Grains.Gpus;

namespace ViCo.Silo.Gpus;

/// <summary>
/// What a worker does from one lease of the queue until it is free again: a job, and beside a drawing others that share its passes, each
/// under a lease of its own and in a lane of its own.
/// </summary>
/// <remarks>
/// Others join before the first pass and between passes, but only while the first drawing lasts: nobody waits behind them for ever.
/// </remarks>
internal sealed partial class Shift
{
    private readonly FreshLeases _leases;
    private readonly IEngine _engine;
    private readonly LoadedEngine _engines;
    private readonly Workplace _place;
    private readonly ILogger _logger;
    private readonly SharedPasses _passes;

    private readonly Lock _gate = new();
    private readonly List<Task> _runs = [];
    private readonly Dictionary<int, GpuLease> _lanes = [];
    private bool _isOver, _brokeOff, _isInviting;

    public Shift(FreshLeases leases, IEngine engine, LoadedEngine engines, Workplace place, ILogger logger)
    {
        (_leases, _engine, _engines, _place, _logger) = (leases, engine, engines, place, logger);
        _passes = new(engine, place.Clock) { BetweenRounds = InviteAsync };
    }

    public required GpuLease First { get; init; }

    public CancellationToken Shutdown { get; init; }

    /// <returns>False: a run broke off, whatever it was.</returns>
    public async Task<bool> RunAsync()
    {
        var drawing = _passes.RunAsync();
        // It has its seat before the others are there: their first round waits for it.
        Begin(1, First);
        while (NextRun() is { } run) await run;
        _passes.Finish();
        await drawing;
        _engines.Hangs = null;                              // it came back after all
        return !_brokeOff;
    }

    /// <summary>Takes further drawings as long as there is room for their pictures in the first one's passes.</summary>
    private async Task InviteAsync()
    {
        if (First.Pictures == 0 || Interlocked.Exchange(ref _isInviting, true)) return;
        try
        {
            while (!Shutdown.IsCancellationRequested && Room() is var (lane, pictures) && pictures > 0)
            {
                if (await _leases.BesideAsync(_leases.Worker.Lane(lane), new(First.JobKey, pictures), Shutdown) is not { } lease) return;
                if (!Begin(lane, lease)) return;
            }
        }
        catch (Exception e)
        {
            // Those that are there draw without company.
            if (!Shutdown.IsCancellationRequested) LogAlone(_leases.Worker.Id, e);
        }
        finally
        {
            Volatile.Write(ref _isInviting, false);
        }
    }

    /// <summary>The first lane that is free, and how many pictures there is still room for.</summary>
    private (int Lane, int Pictures) Room()
    {
        lock (_gate)
        {
            var lane = 1;
            while (_lanes.ContainsKey(lane)) lane++;
            return (lane, _engines.DrawTogether - _lanes.Values.Sum(l => l.Pictures));
        }
    }

    /// <returns>False: the shift is over; the lease runs out by itself.</returns>
    private bool Begin(int lane, GpuLease lease)
    {
        lock (_gate)
        {
            if (_isOver) return false;
            _lanes[lane] = lease;
            _runs.Add(RunOneAsync(lane, lease, _passes.Sit()));
            return true;
        }
    }

    /// <summary>A run that may not be over yet, or null: then none is begun any more.</summary>
    private Task? NextRun()
    {
        lock (_gate)
        {
            _isOver = _runs.Count == 0;
            var run = _runs.FirstOrDefault();
            if (run is not null) _runs.RemoveAt(0);
            return run;
        }
    }

    private async Task RunOneAsync(int lane, GpuLease lease, SharedPasses.Seat seat)
    {
        await Task.Yield();
        var worker = lane == 1 ? _leases.Worker : _leases.Worker.Lane(lane);
        try
        {
            using (seat)
            {
                if (lane == 1) await InviteAsync();
                await new LeasedRun(lease, worker, _engine, _place, _logger) { Hangs = what => _engines.Hangs = what, Seat = seat }
                    .RunAsync(Shutdown);
            }
        }
        catch (Exception e)
        {
            // Whatever it is, the attempt is over: the job runs again with the next one, here or elsewhere.
            LogRunBroke(lease.JobKey, lease.Attempt, e);
            _brokeOff = true;
        }
        lock (_gate) _lanes.Remove(lane);
    }

    [LoggerMessage(LogLevel.Error, "Job {Job}: attempt {Attempt} broke off")]
    private partial void LogRunBroke(string job, int attempt, Exception e);

    [LoggerMessage(LogLevel.Warning, "Worker {Worker} cannot ask the queue for drawings to share passes with")]
    private partial void LogAlone(string worker, Exception e);
}
