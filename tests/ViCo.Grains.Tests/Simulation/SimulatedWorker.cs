using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Tests.Simulation;

/// <summary>
/// A lane of a worker process: leases, starts, works, hands on, one small thing at a time, and repeats what was not answered.
/// </summary>
internal sealed class SimulatedWorker(SimulatedPlatform platform, string slot, int incarnation, int lane)
{
    private readonly string _id = lane == 1 ? $"{slot}#{incarnation}" : $"{slot}#{incarnation}~{lane}";
    private GpuLease? _lease;
    private SimulatedJob? _job;
    private bool _started;
    private bool _pausing;
    private int _unit;
    private long _batch;
    private HashSet<int> _images = [];
    private List<JobEventData>? _unanswered;
    private int? _resumeAt;
    private DateTimeOffset _renewed;

    public string Slot => slot;

    /// <summary>Reaches jobs, not the queue.</summary>
    public bool CutOff { get; set; }

    public bool IsBusy => _lease is not null;

    public void Pause() => _pausing = true;

    public void Act() => SimulatedPlatform.Try(() =>
    {
        if (_lease is null) Pull();
        else if (!_started) Begin();
        else if (!CutOff && platform.Now - _renewed > TimeSpan.FromSeconds(10)) Renew();
        else if (_unanswered is not null) Commit();
        else if (_resumeAt is { } step) SaveResumePoint(step);
        else if (_unit == _job!.Units) Complete();
        else if (_pausing && !_job.IsSampling) Release();
        else Work();
    });

    private void Pull()
    {
        if (CutOff || platform.Lease(_id) is not { } lease) return;
        (_lease, _job, _started, _pausing, _renewed) = (lease, platform.Job(lease.JobKey), false, false, platform.Now);
    }

    private void Begin()
    {
        var start = _job!.Start(_lease!.Attempt, _id);
        if (!start.Accepted)
        {
            End();
            return;
        }
        (_started, _unit, _batch, _images, _unanswered, _resumeAt) = (true, start.FromUnit, start.NextBatch, [.. start.Images], null, null);
    }

    private void Renew()
    {
        var state = platform.Renew(_lease!, _id);
        _renewed = platform.Now;
        if (state == LeaseState.Lost) Drop();
        if (state == LeaseState.PauseAsked) _pausing = true;
    }

    private void Work()
    {
        List<JobEventData> events = [];
        for (var n = platform.Next(1, 4); n > 0 && _unit < _job!.Units; n--)
        {
            var unit = _unit++;
            if (!_job.IsSampling)
            {
                events.Add(new StepDone(unit + 1, _job.Units, 1, 1, 1));
                if ((unit + 1) % 10 == 0 || unit + 1 == _job.Units) events.Add(new CheckpointSaved(unit + 1, "d", 1));
                if ((unit + 1) % 5 == 0) _resumeAt = unit + 1;
            }
            else if (!_images.Contains(unit))
            {
                events.Add(new ImageDrawn($"i-{unit}", unit, unit, []));
            }
        }
        _unanswered = events;
    }

    private void Commit()
    {
        var result = _job!.Append(_lease!.Attempt, _id, _batch, _unanswered!);
        if (result != AppendResult.Accepted)
        {
            Drop();
            return;
        }
        if (_unanswered!.Count > 0) _batch++;
        _unanswered = null;
    }

    private void SaveResumePoint(int step)
    {
        if (_job!.Finish(job =>
            JobMachine.SaveResumePoint(job, _lease!.Attempt, new(step, $"blob-{step}", "d"))) != AppendResult.Accepted) Drop();
        _resumeAt = null;
    }

    private void Complete()
    {
        _job!.Finish(job => JobMachine.Complete(job, _lease!.Attempt, platform.Now));
        End();
    }

    private void Release()
    {
        // A pause is taken at a step boundary, after a resume point of that step.
        if (_job!.Finish(job =>
            JobMachine.SaveResumePoint(job, _lease!.Attempt, new(_unit, $"blob-{_unit}", "d"))) == AppendResult.Accepted)
            _job.Finish(job => JobMachine.Release(job, _lease!.Attempt, "pause", platform.Now));
        End();
    }

    private void End()
    {
        if (!CutOff) platform.Done(_lease!);
        Drop();
    }

    private void Drop() => (_lease, _job, _started, _unanswered, _resumeAt) = (null, null, false, null, null);
}
