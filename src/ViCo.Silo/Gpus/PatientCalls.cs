using ViCo.Grains.Storage;

namespace ViCo.Silo.Gpus;

/// <summary>
/// The one place where a worker repeats calls: a call whose outcome is unknown is made again until it is answered, within bounds.
/// </summary>
internal sealed class PatientCalls(RunSignals signals, TimeSpan patience, TimeProvider clock)
{
    /// <summary>Of the attempt that calls.</summary>
    public RunSignals Signals => signals;

    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(2);

    /// <summary>Of the attempt: to wait for an answer that does not come at once is no silence of its engine.</summary>
    public Progress Progress { get; init; } = new(new(), clock);

    /// <exception cref="OperationCanceledException">The attempt was stopped, by others or because nobody answered in time.</exception>
    public async Task<T> CallAsync<T>(Func<Task<T>> call)
    {
        var started = clock.GetTimestamp();
        for (var wait = FirstWait; ; wait = wait * 2 < LongestWait ? wait * 2 : LongestWait)
        {
            signals.Stopped.ThrowIfCancellationRequested();
            try
            {
                return await call().WaitAsync(signals.Stopped);
            }
            catch (Exception e) when (MayPass(e))
            {
                Progress.Note();
                if (clock.GetElapsedTime(started) > patience) signals.Stop(StopReason.Unreachable, e);
                await Task.Delay(wait, clock, signals.Stopped);
            }
        }
    }

    public Task CallAsync(Func<Task> call) => CallAsync(async () =>
    {
        await call();
        return true;
    });

    // What says that the call itself is wrong will say so again; everything else is the network, a silo or the storage.
    private static bool MayPass(Exception e) =>
        e is not (OperationCanceledException or ArgumentException or InvalidOperationException or InvalidDataException
            or NotSupportedException or UnauthorizedAccessException or DamagedBlobException or System.Text.Json.JsonException);
}
