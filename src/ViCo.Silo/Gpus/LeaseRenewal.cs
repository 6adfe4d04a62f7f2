using ViCo.Grains.Gpus;

namespace ViCo.Silo.Gpus;

/// <summary>Keeps one lease while its work gets on, and passes on what the queue asks of the worker.</summary>
internal sealed partial class LeaseRenewal(GpuLease lease, WorkerInfo worker, Workplace place, PatientCalls calls, ILogger logger)
{
    private readonly IGpuQueueGrain _queue = place.Grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);

    // Who waits for a training to pause waits for this, too.
    private static readonly TimeSpan HearEvery = TimeSpan.FromSeconds(1);

    /// <summary>Called when the engine hangs.</summary>
    public Action<string> Hangs { get; init; } = _ => { };

    /// <summary>Runs until the attempt has ended or its lease is lost.</summary>
    public async Task RunAsync(CancellationToken ended)
    {
        var (options, clock, signals) = (place.Leases, place.Clock, calls.Signals);
        var kept = clock.GetTimestamp();
        using var timer = new PeriodicTimer(options.RenewEvery < HearEvery ? options.RenewEvery : HearEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ended))
            {
                if (calls.Progress.Hangs() is { } silent)
                {
                    await GiveUpAsync(silent, ended);
                    return;
                }
                try
                {
                    var asked = clock.GetTimestamp();
                    var state = await _queue.Renew(lease.JobKey, lease.Attempt, worker.Id).WaitAsync(options.Duration / 3, clock, ended);
                    if (state == LeaseState.Lost) signals.Stop(StopReason.Lost);
                    if (WhyPause(state) is { } why) signals.Pause(why);
                    kept = asked;
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    LogNotRenewed(lease.JobKey, lease.Attempt, e);
                    if (clock.GetElapsedTime(kept) > options.Duration) signals.Stop(StopReason.Unreachable, e);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The attempt is over.
        }
    }

    private static string? WhyPause(LeaseState state) => state switch
    {
        LeaseState.PauseAsked => "sampling goes first",
        LeaseState.TurnAsked => "a training of who used less goes first",
        LeaseState.DrainAsked => "its silo is drained",
        LeaseState.SuspendAsked => "its tenant is suspended",
        _ => null,
    };

    /// <summary>Work alone renews a lease: one of an engine that does none is handed back.</summary>
    private async Task GiveUpAsync(TimeSpan silent, CancellationToken ended)
    {
        LogHangs(lease.JobKey, lease.Attempt, silent);
        Hangs($"Job '{lease.JobKey}', attempt {lease.Attempt}: the engine has reported nothing for {silent.TotalSeconds:F0} s.");
        try
        {
            await _queue.Done(lease.JobKey, lease.Attempt).WaitAsync(place.Leases.Duration, place.Clock, ended);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It runs out by itself.
            LogNotRenewed(lease.JobKey, lease.Attempt, e);
        }
        calls.Signals.Stop(StopReason.Hung);
    }

    [LoggerMessage(LogLevel.Critical, "Job {Job}: attempt {Attempt}: the engine has reported nothing for {Silent}; the lease is given up")]
    private partial void LogHangs(string job, int attempt, TimeSpan silent);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: lease of attempt {Attempt} could not be renewed")]
    private partial void LogNotRenewed(string job, int attempt, Exception e);
}
