using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Simulation;

/// <summary>A job grain with two activations that do not know of each other, and what must be true of its log whatever happens.</summary>
internal sealed class SimulatedJob
{
    private readonly SimulatedPlatform _platform;
    private readonly Cell _cell;
    private readonly DurableState<JobRecord>[] _activations;
    private readonly List<JobEvent> _seen = [];
    private readonly JobSpec _spec;
    private readonly Dictionary<int, string> _starters = [];

    public SimulatedJob(SimulatedPlatform platform, string key, bool sampling, int units)
    {
        (_platform, Key, Units, IsSampling) = (platform, key, units, sampling);
        _spec = sampling
            ? new SamplingJob("c", platform.Now, null, null, [], Asking.Pictures("*", count: units))
            : new TrainingJob("c", platform.Now, "teapot", [], Asking.Steps(units));
        _cell = new() { Committed = Check };
        _activations = [Activate(), Activate()];
    }

    public string Key { get; }

    /// <summary>Steps or pictures.</summary>
    public int Units { get; }

    public bool IsSampling { get; }

    public bool Submitted { get; set; }

    public bool HasEnded => _cell.Content?.Value?.HasEnded == true;

    public int Attempts => _cell.Content?.Value?.Attempt ?? 0;

    public bool WasCanceled => _cell.Content?.Value?.State == JobState.Canceled;

    private int _active;

    private DurableState<JobRecord> State => _activations[_platform.Roll() < 0.9 ? _active : 1 - _active];

    // What JobGrain does around the machine.

    public void Submit()
    {
        _platform.Deliver();
        var state = State;
        if (state.Value is null) _platform.Enqueue(new(Key, 1, IsSampling, _spec.Submitted));
        Change(state, job => (job ?? JobMachine.Submit(_spec, _platform.Now), true));
        if (state.Value!.State == JobState.Queued) _platform.Enqueue(new(Key, state.Value.Attempt + 1, IsSampling, _spec.Submitted));
        _platform.Answer();
        Submitted = true;
    }

    public void SubmitUntilAnswered()
    {
        if (!Submitted) SimulatedPlatform.Try(Submit);
    }

    public void Cancel()
    {
        _platform.Deliver();
        Change(State, job => (job is null ? null : JobMachine.Cancel(job, _platform.Now), true));
        _platform.Remove(Key);
        _platform.Answer();
    }

    public JobOwner GetOwner()
    {
        _platform.Deliver();
        var owner = Change(State, job => (job, new JobOwner(job?.State, job?.Attempt ?? 0, job?.Worker)));
        _platform.Answer();
        return owner;
    }

    public (bool Accepted, int FromUnit, long NextBatch, IReadOnlyCollection<int> Images) Start(int attempt, string worker)
    {
        _platform.Deliver();
        var state = State;
        var accepted = Change(state, job => job is null ? (job, false) : JobMachine.Start(job, new(attempt, worker), _platform.Now));
        var job = state.Value;
        if (!accepted)
        {
            if (job is null || job.HasEnded) _platform.Remove(Key);
            else if (job.State == JobState.Queued) _platform.Enqueue(new(Key, job.Attempt + 1, IsSampling, _spec.Submitted));
            return (false, 0, 0, []);
        }
        SimulatedPlatform.Require(_starters.GetValueOrDefault(attempt, worker) == worker, "one attempt is started by one worker");
        _starters[attempt] = worker;
        _platform.Answer();
        return (true, job!.Resume?.Step ?? 0, job.NextBatch, [.. job.Images.Select(i => i.Index)]);
    }

    public AppendResult Append(int attempt, string worker, long batch, IReadOnlyList<JobEventData> events)
    {
        _platform.Deliver();
        var state = State;
        if (state.Value is { Tail.Count: >= 20 } full)
        {
            // The closed part is a blob of what is durable; only its name enters the record.
            var closed = new LogSegment(full.Tail[0].Seq, full.Tail[^1].Seq);
            Change(state, job => (job is null ? null : JobMachine.CloseTail(job, closed), true));
        }
        var result = Change(state, job => job is null ? (job, AppendResult.Fenced)
            : JobMachine.Append(job, attempt, batch, events, _platform.Now));
        SimulatedPlatform.Require(result != AppendResult.Accepted
            || _starters[attempt] == worker, "only who started an attempt appends to it");
        _platform.Answer();
        return result;
    }

    public AppendResult Finish(Func<JobRecord, (JobRecord, AppendResult)> command)
    {
        _platform.Deliver();
        var state = State;
        var result = Change(state, job => job is null ? (job, AppendResult.Fenced) : command(job));
        if (state.Value is null or { HasEnded: true }) _platform.Remove(Key);
        else if (result == AppendResult.Accepted && state.Value.State == JobState.Queued)
            _platform.Enqueue(new(Key, state.Value.Attempt + 1, IsSampling, _spec.Submitted));
        _platform.Answer();
        return result;
    }

    public void LeaseLost(int attempt, bool died)
    {
        _platform.Deliver();
        Change(State, job => (job is null ? null : died ? JobMachine.WorkerDied(job, attempt, 1_000, _platform.Now)
            : JobMachine.LeaseLost(job, attempt, _platform.Now), true));
    }

    /// <summary>The other activation takes over, reading what is stored now; or both live on.</summary>
    public void Reactivate()
    {
        if (_platform.Roll() < 0.5) _activations[_active] = Activate();
        _active = 1 - _active;
    }

    /// <summary>The log only grows, without gap, and nothing in it changes.</summary>
    private void Check()
    {
        if (_cell.Content?.Value is not { } job) return;
        JobMachine.Check(job);
        foreach (var e in job.Tail)
        {
            if (e.Seq <= _seen.Count) SimulatedPlatform.Require(ReferenceEquals(_seen[(int)e.Seq - 1], e),
                $"event {e.Seq} of {Key} never changes");
            else if (e.Seq == _seen.Count + 1) _seen.Add(e);
            else SimulatedPlatform.Require(false, $"event {_seen.Count + 1} of {Key} is in the log before {e.Seq}");
        }
        SimulatedPlatform.Require(job.LastSeq == _seen.Count,
            $"the log of {Key} never shrinks: {_seen.Count} events were seen, its last is {job.LastSeq}, its tail has {job.Tail.Count}");
    }

    public void CheckEnd()
    {
        var job = _cell.Content?.Value;
        SimulatedPlatform.Require(job is not null, $"{Key} is not lost");
        SimulatedPlatform.Require(job!.HasEnded,
            $"{Key} comes to its end; it is {job.State}, attempt {job.Attempt}, step {job.Step} of {Units}");
        SimulatedPlatform.Require(job.State != JobState.Failed, $"{Key} does not fail: {job.Error}");
        var ends = _seen.Count(e => e.Data is StateChanged { State: JobState.Succeeded or JobState.Canceled });
        SimulatedPlatform.Require(ends == 1 && _seen[^1].Data is StateChanged, $"{Key} ends once, and last");
        var units = _seen.Select(e => e.Data switch { StepDone s => s.Step, ImageDrawn i => i.Index + 1, _ => 0 }).Where(u => u > 0)
            .ToList();
        if (job.State == JobState.Succeeded)
            SimulatedPlatform.Require(units.Order().SequenceEqual(Enumerable.Range(1, Units)),
                $"{Key} tells of each of its {Units} units once: {string.Join(' ', units)}");
        if (!IsSampling) SimulatedPlatform.Require(units.SequenceEqual(Enumerable.Range(1, units.Count)),
            $"{Key} tells of its steps in order");
        SimulatedPlatform.Require(_seen.Zip(_seen.Skip(1)).All(p => p.First.Attempt <= p.Second.Attempt), $"attempts of {Key} never fall");
    }

    private DurableState<JobRecord> Activate()
    {
        var stored = new SimulatedState(_cell, _platform.Roll, () => _platform.Faults);
        while (!SimulatedPlatform.Try(() => Wait(stored.ReadStateAsync())))
        {
            // An activation that cannot read is none; Orleans makes the next.
        }
        var state = new DurableState<JobRecord>(stored);
        state.Load();
        return state;
    }

    private static T Change<T>(DurableState<JobRecord> state, Func<JobRecord?, (JobRecord?, T)> command)
    {
        var changed = state.ChangeAsync(command);
        SimulatedPlatform.Require(changed.IsCompleted, "nothing here waits");
        return changed.GetAwaiter().GetResult();
    }

    private static void Wait(Task task) => task.GetAwaiter().GetResult();
}
