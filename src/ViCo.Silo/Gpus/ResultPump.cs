using System.Security.Cryptography;
using System.Threading.Channels;
using ViCo.Engine;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Pictures;

namespace ViCo.Silo.Gpus;

/// <summary>
/// Carries what the engine reports to storage and the job's log, in order: bytes are durable before they are announced, events are
/// committed in groups: steps at most a second after they were done, everything else within a quarter of one.
/// </summary>
/// <remarks>
/// The engine's lane posts and is held back when storage cannot follow: <see cref="Pending"/> small
/// items, two big ones, which wait in files.
/// </remarks>
internal sealed class ResultPump(AttemptLog log, IBlobStore blobs, AttemptFiles files, PatientCalls calls, TimeProvider clock)
    : ITrainingObserver, IDisposable
{
    private const int Pending = 1024;

    // With the append itself what comes is durable within 250 ms, and a step within 1 s.
    private static readonly TimeSpan Group = TimeSpan.FromMilliseconds(150), StepGroup = TimeSpan.FromMilliseconds(850);
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<Func<Task>> _work =
        Channel.CreateBounded<Func<Task>>(new BoundedChannelOptions(Pending) { SingleReader = true });
    private readonly SemaphoreSlim _big = new(2, 2);
    private readonly List<JobEventData> _events = [];
    private readonly Queue<string> _previewBlobs = [];
    private readonly HashSet<string> _kept = [];
    private long _batch = log.FirstBatch;

    bool ITrainingObserver.PauseRequested => calls.Signals.PauseReason is not null;

    void ITrainingObserver.OnStart(TrainingStart start)
    {
        foreach (var warning in start.Warnings) OnWarning(warning);
    }

    /// <summary>The job tells its user of it, once.</summary>
    public void OnWarning(string message) => Tell(new WarningRaised(message));

    void ITrainingObserver.OnStep(TrainingStep step)
    {
        if (!double.IsFinite(step.Loss) || !double.IsFinite(step.Seconds) || step.Terms.Any(t => !double.IsFinite(t.Value)))
        {
            var terms = string.Concat(step.Terms.Select(t => $", {t.Name} {t.Value}"));
            throw new NotFiniteException($"Step {step.Step}: the engine reports a number that is not finite (loss {step.Loss}{terms}).");
        }
        calls.Progress.NoteStep();
        Tell(new StepDone(step.Step, step.Steps, step.Loss, step.Term("end-of-text") ?? 0, step.Seconds)
        {
            Terms = [.. step.Terms.Select(t => new LossTerm(t.Name, t.Value, t.Weight))],
        });
    }

    void ITrainingObserver.OnCheckpoint(int step, Action<Stream> write) => PostFile(write, async file =>
    {
        await WriteAsync(BlobNames.Checkpoint(log.Prefix, step), file);
        _events.Add(new CheckpointSaved(step, file.Digest, file.Bytes));
        _kept.Add(BlobNames.Preview(log.Prefix, step));
    });

    void ITrainingObserver.OnResumePoint(int step, Action<Stream> write) => PostFile(write, async file =>
    {
        // The events before it first: whoever resumes here tells nothing of earlier steps.
        await CommitAsync();
        var point = new ResumeBlob(step, BlobNames.ResumePoint(log.Prefix, step), file.Digest, file.Bytes);
        await WriteAsync(point.Blob, file);
        Heed(await calls.CallAsync(() => log.Job.SaveResumePoint(log.Attempt, point)));
    });

    void ITrainingObserver.OnPreview(int step, ReadOnlyMemory<byte> png) => PostBig(async () =>
    {
        var blob = BlobNames.Preview(log.Prefix, step);
        await WriteAsync(blob, png);
        // A checkpoint of this step is told of before its preview, which then stays beside it.
        await CommitAsync();
        await calls.CallAsync(() => log.Job.SetPreview(log.Attempt, new(step, blob, png.Length)));
        if (!_kept.Contains(blob)) await KeepNewestAsync(blob);
    });

    /// <summary>A denoising step, on the engine's lane.</summary>
    public void OnSamplingStep(int step, int steps)
    {
        calls.Progress.NoteStep();
        Tell(new SamplingStepDone(step, steps));
    }

    /// <summary>A finished picture.</summary>
    public async Task PostImageAsync(string imageId, int index, GeneratedImage image) => await _work.Writer.WriteAsync(async () =>
    {
        await WriteAsync(BlobNames.Image(log.Prefix, index), image.Png);
        _events.Add(new ImageDrawn(imageId, index, image.Seed, image.Warnings)
        {
            Bytes = image.Png.Length, Pixels = PixelsOf(image.Png), Digest = Convert.ToHexStringLower(SHA256.HashData(image.Png.Span)),
        });
    }, calls.Signals.Stopped);

    /// <summary>Runs until <see cref="Finish"/> and everything posted is durable, or until stopped.</summary>
    public async Task RunAsync()
    {
        try
        {
            var committed = clock.GetTimestamp();
            while (await WaitForWorkAsync())
            {
                // The first event after a pause goes at once; a stream of them goes in groups.
                await DrainAsync();
                for (TimeSpan wait; (wait = WaitAfter(committed)) > TimeSpan.Zero && !_work.Reader.Completion.IsCompleted;)
                {
                    await Task.Delay(wait < Group ? wait : Group, clock, calls.Signals.Stopped);
                    await DrainAsync();
                }
                await CommitAsync();
                committed = clock.GetTimestamp();
            }
        }
        catch (OperationCanceledException) when (calls.Signals.Stopped.IsCancellationRequested)
        {
            // Whoever stopped us knows why; what is left is not to be published.
        }
        catch (Exception e)
        {
            calls.Signals.Stop(StopReason.Broken, e);
        }
    }

    /// <summary>Nothing more will be posted.</summary>
    public void Finish() => _work.Writer.TryComplete();

    public void Dispose() => _big.Dispose();

    private async Task DrainAsync()
    {
        while (_work.Reader.TryRead(out var work)) await work();
    }

    /// <summary>How long what has come may wait for more. Steps come often, and nobody waits for a single one.</summary>
    private TimeSpan WaitAfter(long committed) =>
        (_events.TrueForAll(e => e is StepDone or SamplingStepDone) ? StepGroup : Group) - clock.GetElapsedTime(committed);

    private async Task<bool> WaitForWorkAsync()
    {
        var more = _work.Reader.WaitToReadAsync(calls.Signals.Stopped).AsTask();
        while (true)
        {
            // A long silence (weights, a slow step) must not hide that the user cancelled.
            using var asked = CancellationTokenSource.CreateLinkedTokenSource(calls.Signals.Stopped);
            if (await Task.WhenAny(more, Task.Delay(AskEvery, clock, asked.Token)) == more)
            {
                await asked.CancelAsync();
                return await more;
            }
            Heed(await calls.CallAsync(() => log.Job.Append(log.Attempt, _batch, [])));
        }
    }

    private async Task CommitAsync()
    {
        if (_events.Count == 0) return;
        IReadOnlyList<JobEventData> events = [.. _events];
        Heed(await calls.CallAsync(() => log.Job.Append(log.Attempt, _batch, events)));
        _batch++;
        _events.Clear();
    }

    private void Heed(AppendResult result)
    {
        if (result == AppendResult.Accepted) return;
        calls.Signals.Stop(result == AppendResult.Canceled ? StopReason.Canceled : StopReason.Lost);
        calls.Signals.Stopped.ThrowIfCancellationRequested();
    }

    private async Task WriteAsync(string name, ReadOnlyMemory<byte> content)
    {
        await calls.CallAsync(() => blobs.WriteAsync(name, content, cancellationToken: calls.Signals.Stopped));
        calls.Progress.Note();
    }

    private async Task WriteAsync(string name, WrittenFile file)
    {
        await calls.CallAsync(async () =>
        {
            await using var content = File.OpenRead(file.Path);
            return await blobs.WriteAsync(name, content, cancellationToken: calls.Signals.Stopped);
        });
        calls.Progress.Note();
    }

    /// <summary>Two are kept: the newest, and one more that somebody may be looking at.</summary>
    private async Task KeepNewestAsync(string preview)
    {
        _previewBlobs.Enqueue(preview);
        if (_previewBlobs.Count > 2)
            await calls.CallAsync(() => blobs.DeleteAsync(_previewBlobs.Peek(), cancellationToken: calls.Signals.Stopped));
        if (_previewBlobs.Count > 2) _previewBlobs.Dequeue();
    }

    private void Tell(JobEventData data) => Post(() =>
    {
        _events.Add(data);
        return Task.CompletedTask;
    });

    /// <summary>Writes the file now, on the engine's lane, because its tensors change with the next step; stores it later.</summary>
    private void PostFile(Action<Stream> write, Func<WrittenFile, Task> store)
    {
        _big.Wait(calls.Signals.Stopped);
        WrittenFile file;
        try
        {
            file = files.Write(write);
        }
        catch
        {
            _big.Release();
            throw;
        }
        PostHeld(async () =>
        {
            await store(file);
            File.Delete(file.Path);
        });
    }

    private void PostBig(Func<Task> work)
    {
        _big.Wait(calls.Signals.Stopped);
        PostHeld(work);
    }

    private void PostHeld(Func<Task> work)
    {
        Post(async () =>
        {
            try
            {
                await work();
            }
            finally
            {
                _big.Release();
            }
        });
    }

    // On the engine's lane, which may block: that is how it is held back.
    private void Post(Func<Task> work)
    {
        if (!_work.Writer.TryWrite(work)) _work.Writer.WriteAsync(work, calls.Signals.Stopped).AsTask().GetAwaiter().GetResult();
    }

    private static string PixelsOf(ReadOnlyMemory<byte> png) =>
        Convert.ToHexStringLower(SHA256.HashData(PictureCodec.Decode(png, "picture").Rgb));
}
