using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace ViCo.Engine;

/// <summary>
/// The one thread of a device that runs torch. Jobs queue; each runs alone, inside a dispose scope, and gives back plain data.
/// </summary>
/// <remarks>
/// Dispose scopes, grad mode and libtorch's worker pool belong to the thread that first uses them. On Linux the thread lowers its own
/// priority before its first torch call, so that the OpenMP workers it starts inherit it and the web side of the process stays quick.
/// </remarks>
internal sealed partial class GpuLane : IAsyncDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="name">Thread name, such as <c>gpu-lane cpu</c>.</param>
    /// <param name="threads">libtorch's intra-op threads, 1 or more.</param>
    /// <param name="niceness">0 (normal) to 19 (gives way to everything).</param>
    public GpuLane(string name, int threads, int niceness)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(niceness, 19);
        ArgumentOutOfRangeException.ThrowIfNegative(niceness);
        new Thread(() => Drain(threads, niceness)) { Name = name, IsBackground = true }.Start();
    }

    /// <summary>Queues a job; the task ends with its result or its exception.</summary>
    public Task<T> RunAsync<T>(Func<T> job, CancellationToken cancellationToken = default)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            if (cancellationToken.IsCancellationRequested)
            {
                done.SetCanceled(cancellationToken);
                return;
            }
            try
            {
                T result;
                using (NewDisposeScope()) result = job();
                done.SetResult(result);
            }
            catch (OperationCanceledException e)
            {
                done.SetCanceled(e.CancellationToken);
            }
            catch (Exception e)
            {
                done.SetException(e);
            }
        }, CancellationToken.None);
        return done.Task;
    }

    /// <summary>Finishes the queued jobs, then ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_work.IsAddingCompleted) return;
        _work.CompleteAdding();
        await _ended.Task;
        _work.Dispose();
    }

    private void Drain(int threads, int niceness)
    {
        LowerPriority(niceness);
        try
        {
            TorchRuntime.WaitPassively();
            TorchRuntime.Quiet();
            set_num_threads(threads);
            foreach (var job in _work.GetConsumingEnumerable()) job();
            _ended.SetResult();
        }
        catch (Exception e)
        {
            // libtorch did not load. Every job, queued already or later, must learn it: each makes its own attempt to call torch and fails.
            foreach (var job in _work.GetConsumingEnumerable()) job();
            _ended.SetException(e);
        }
    }

    private static void LowerPriority(int niceness)
    {
        if (niceness == 0) return;
        // "Process" 0 is the calling thread: Linux keeps the nice value per thread. A refusal leaves
        // the normal priority: slower web, not wrong.
        if (OperatingSystem.IsLinux()) _ = SetPriority(which: 0, who: 0, niceness);
        else Thread.CurrentThread.Priority = niceness < 10 ? ThreadPriority.BelowNormal : ThreadPriority.Lowest;
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int who, int priority);
}
