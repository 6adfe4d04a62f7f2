using ViCo.Engine;
using ViCo.Grains.Gpus;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Silo.Gpus;

/// <summary>
/// One attempt of one job, from its lease to its end: start, inputs, engine, results, report. Nothing of it survives but what it stored.
/// </summary>
internal sealed partial class LeasedRun(GpuLease lease, WorkerInfo worker, IEngine engine, Workplace place, ILogger logger)
{
    private readonly Maker _maker = new(engine.Info.BaseModel, engine.Info.BaseDigest, DeviceClass(engine.Info));
    private readonly Progress _progress = new(place.Leases, place.Clock);
    private readonly IJobGrain _job = place.Grains.GetGrain<IJobGrain>(lease.JobKey);
    private readonly IGpuQueueGrain _queue = place.Grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);

    /// <summary>Called once when the engine hangs.</summary>
    public Action<string> Hangs { get; init; } = _ => { };

    /// <summary>Its place among drawings that share passes; null: it draws alone.</summary>
    public SharedPasses.Seat? Seat { get; init; }

    public async Task RunAsync(CancellationToken shutdown)
    {
        using var signals = new RunSignals();
        var calls = new PatientCalls(signals, place.Leases.Duration * 4, place.Clock) { Progress = _progress };
        using var ended = new CancellationTokenSource();
        var renewal = new LeaseRenewal(lease, worker, place, calls, logger) { Hangs = Hangs }.RunAsync(ended.Token);
        try
        {
            var start = await calls.CallAsync(() => _job.Start(lease.Attempt, worker.Id, _maker));
            if (start.Accepted)
            {
                using (shutdown.Register(() => signals.Pause("its silo shuts down")))
                {
                    await WorkAsync(start, signals, calls, shutdown);
                }
            }
            // The job has told the queue; this only covers what got lost between the two.
            await calls.CallAsync(() => _queue.Done(lease.JobKey, lease.Attempt));
        }
        catch (OperationCanceledException) when (signals.Stopped.IsCancellationRequested)
        {
            LogStopped(lease.JobKey, lease.Attempt, signals.Reason, signals.Error);
        }
        finally
        {
            await ended.CancelAsync();
            await renewal;
        }
    }

    private async Task WorkAsync(StartResult start, RunSignals signals, PatientCalls calls, CancellationToken shutdown)
    {
        var tenant = TenantId.OfKey(lease.JobKey);
        var jobId = lease.JobKey[(tenant.Value.Length + 1)..];
        var prefix = BlobNames.Attempt(tenant, start.Spec!.ConceptId, jobId, lease.Attempt);
        using var files = new AttemptFiles();
        using var pump = new ResultPump(
            new(_job, lease.Attempt, start.NextBatch, prefix), place.Blobs, files, calls, place.Clock);
        var attempt = new Attempt(start, files, pump, signals, calls);
        var pumping = pump.RunAsync();
        Func<Task> report;
        try
        {
            report = start.Spec switch
            {
                TrainingJob training => await TrainAsync(training, attempt),
                SamplingJob sampling => await SampleAsync(sampling, jobId, attempt, shutdown),
                var other => throw new InvalidDataException($"Job kind '{other.GetType().Name}' is unknown to this silo."),
            };
        }
        catch (OperationCanceledException) when (signals.Stopped.IsCancellationRequested)
        {
            report = () => Task.CompletedTask;
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            report = () => _job.Fail(lease.Attempt, "bad-input", e.Message, retry: false);
        }
        catch (DamagedBlobException e)
        {
            report = () => _job.Fail(lease.Attempt, "damaged", e.Message, retry: false);
        }
        catch (NotFiniteException e)
        {
            report = () => _job.Fail(lease.Attempt, "not-finite", e.Message, retry: false);
        }
        catch (DeviceMemoryException e)
        {
            // As it is, it would run out again: on this device or another like it.
            report = () => _job.Fail(lease.Attempt, "out-of-memory", e.Message, retry: false);
        }
        catch (Exception e)
        {
            LogEngineFailed(lease.JobKey, lease.Attempt, e);
            report = () => _job.Fail(lease.Attempt, "engine", e.Message, retry: true);
        }
        pump.Finish();
        await pumping;

        if (signals.Reason is StopReason.Canceled or StopReason.Lost) await SweepAfterStopAsync(prefix);
        if (signals is { Reason: StopReason.Broken, Error: { } broken })
        {
            // The lease still stands, so the job can be told at once instead of in half a minute.
            using var last = new RunSignals();
            await new PatientCalls(last, place.Leases.Duration, place.Clock)
                .CallAsync(() => _job.Fail(lease.Attempt, "results", broken.Message, retry: true));
        }
        signals.Stopped.ThrowIfCancellationRequested();
        signals.Report();
        try
        {
            await calls.CallAsync(report);
        }
        catch (InvalidOperationException e)
        {
            LogIncomplete(lease.JobKey, lease.Attempt, e);
            await calls.CallAsync(() => _job.Fail(lease.Attempt, "incomplete", e.Message, retry: true));
        }
    }

    /// <summary>What an attempt works with, from its start to its report.</summary>
    private sealed record Attempt(StartResult Start, AttemptFiles Files, ResultPump Pump, RunSignals Signals, PatientCalls Calls);

    private async Task<Func<Task>> TrainAsync(TrainingJob spec, Attempt attempt)
    {
        var (_, _, pump, signals, calls) = attempt;
        List<TrainingObject> others = [];
        foreach (var other in spec.Others ?? []) others.Add(new(await PhotosAsync(spec, other.PhotoBlobs, calls), other.InitWord));
        var request = new TrainingRequest(
            await PhotosAsync(spec, spec.PhotoBlobs, calls), spec.InitWord, spec.Settings.Options)
        {
            Others = others, Owner = TenantId.OfKey(lease.JobKey).Value,
        };
        request = await GoingOnAsync(request, spec, attempt);

        var outcome = await engine.TrainAsync(request, pump, signals.Stopped);
        return outcome.Completed
            ? () => _job.Complete(lease.Attempt)
            : () => _job.Release(lease.Attempt, $"paused after step {outcome.Step}: {signals.PauseReason}");
    }

    private async Task<Func<Task>> SampleAsync(SamplingJob spec, string jobId, Attempt attempt, CancellationToken shutdown)
    {
        var (start, files, pump, signals, calls) = attempt;
        var settings = spec.Settings;
        var done = start.ImagesDone.Select(id => ImageId.Parse(id)!.Value.Index).ToHashSet();
        var checkpoint = spec.CheckpointBlob is { } name ? await FetchAsync(name, files, calls) ?? throw Gone(FileOf(name), "checkpoint")
            : null;
        if (checkpoint is not null) IntactBlobs.Compare(spec.CheckpointBlob!, checkpoint.Digest, spec.CheckpointDigest);
        var references = await PhotosAsync(spec, spec.ReferenceBlobs, calls);
        var request = new GenerationRequest(
            checkpoint?.Named($"checkpoint {FileOf(spec.CheckpointBlob!)}"), references, settings.Prompt, [])
        {
            ReferenceObjects = spec.ReferenceObjects ?? [],
            Options = settings.Options.Without(SamplingSettings.LorasName),
            Loras = await LorasAsync(spec.Loras ?? [], files, calls),
            CacheKey = spec.CheckpointDigest is { } digest ? $"{digest} {string.Join(' ', spec.ReferenceBlobs)}" : null,
            Room = spec.Rerun is { } rerun ? await RoomOfAsync(rerun, calls) : null,
        };

        // Pictures have no resume point: at shutdown those of this pass are drawn again elsewhere.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Stopped, shutdown);
        // The pictures of a pass share the reference's; each is stored before the next are begun. A
        // pass of which some are there is drawn whole.
        int[][] passes = [.. spec.Passes];
        for (var number = 0; number < passes.Length; number++)
        {
            var pass = passes[number];
            if (pass.All(i => !IsWanted(i))) continue;
            var observer = new PassObserver(pump, passes.Length, number) { Previews = number == 0 ? spec.Previews : 0 };
            var own = request with { Seeds = [.. pass.Select(i => settings.Seed + i)] };
            var isLast = !passes.Skip(number + 1).Any(later => later.Any(IsWanted));
            IReadOnlyList<GeneratedImage> images;
            try
            {
                images = await (Seat?.DrawAsync(own, observer, isLast, _progress.NoteOthers, stop.Token)
                    ?? engine.GenerateAsync(own, observer, stop.Token));
            }
            catch (OperationCanceledException) when (shutdown.IsCancellationRequested && !signals.Stopped.IsCancellationRequested)
            {
                return () => _job.Release(lease.Attempt, "its silo shuts down");
            }
            for (var i = 0; i < pass.Length; i++)
            {
                if (IsWanted(pass[i])) await pump.PostImageAsync(ImageId.Of(jobId, pass[i]), pass[i], images[i]);
            }
        }
        return () => _job.Complete(lease.Attempt);

        bool IsWanted(int index) => !done.Contains(index) && (spec.Rerun is null || spec.Rerun.Index == index);
    }

    private async Task<IReadOnlyList<LoraUse>> LorasAsync(IReadOnlyList<LoraBlob> blobs, AttemptFiles files, PatientCalls calls)
    {
        List<LoraUse> loras = [];
        foreach (var (concept, blob, digest, weight) in blobs)
        {
            var file = await FetchAsync(blob, files, calls) ?? throw Gone(FileOf(blob), "checkpoint");
            IntactBlobs.Compare(blob, file.Digest, digest);
            loras.Add(new(file.Named($"the LoRA of {concept}"), weight));
        }
        return loras;
    }

    /// <summary>How a picture was cut to fit the memory; null: it is gone, or does not say.</summary>
    private async Task<DrawingRoom?> RoomOfAsync(Rerun rerun, PatientCalls calls)
    {
        if (ImageId.Parse(rerun.Image) is not var (jobId, index)) return null;
        var job = place.Grains.GetGrain<IJobGrain>(TenantId.OfKey(lease.JobKey).Key(jobId));
        if (await calls.CallAsync(() => job.GetImage(index)) is not { } file) return null;
        return await calls.CallAsync(() => place.Blobs.ReadAsync(file.Blob)) is { } blob ? DrawingRoom.Of(blob.Content.Span) : null;
    }

    /// <summary>
    /// What devices have in common that make the same bytes: their kind and the numbers they compute in, not their place in the machine.
    /// </summary>
    private static string DeviceClass(EngineInfo engine)
    {
        var name = engine.Device.StartsWith("cuda:", StringComparison.Ordinal)
            && engine.Device.IndexOf(' ', StringComparison.Ordinal) is > 0 and var cut
            ? engine.Device[(cut + 1)..] : engine.Device;
        return $"{name} {engine.Precision}";
    }

    /// <summary>Photos by the names that their users know.</summary>
    private async Task<IReadOnlyList<PhotoFile>> PhotosAsync(JobSpec spec, IReadOnlyList<string> blobs, PatientCalls calls)
    {
        List<PhotoFile> photos = [];
        foreach (var blob in blobs)
        {
            var photo = spec.Photos?.GetValueOrDefault(blob);
            var name = photo?.Name ?? FileOf(blob);
            var content = await calls.CallAsync(() => place.Blobs.ReadAsync(blob)) ?? throw Gone(name, "photo");
            IntactBlobs.Compare(blob, content.Content.Span, photo?.Digest);
            _progress.Note();
            photos.Add(new(name, content.Content));
        }
        return photos;
    }

    private static string FileOf(string blob) => blob[(blob.LastIndexOf('/') + 1)..];

    private static InvalidDataException Gone(string name, string what) => new($"The {what} '{name}' is not there any more.");

    /// <summary>Copies a blob of any size to this machine; null: it is not there.</summary>
    private Task<WrittenFile?> FetchAsync(string name, AttemptFiles files, PatientCalls calls) => calls.CallAsync(async () =>
    {
        await using var content = await place.Blobs.OpenReadAsync(name);
        var file = content is null ? null : await Task.Run(() => files.Write(content.CopyTo));
        _progress.Note();
        return file;
    });

    /// <summary>
    /// Adds where the training goes on: at the job's newest resume point that is whole, or where the job itself was told to begin.
    /// </summary>
    private async Task<TrainingRequest> GoingOnAsync(TrainingRequest request, TrainingJob spec, Attempt attempt)
    {
        var (start, files, pump, _, calls) = attempt;
        foreach (var point in new[] { start.Resume, start.OlderResume })
        {
            if (point is null) continue;
            if (await WholeAsync(point, files, calls) is { } file) return request with { Resume = [file] };
            LogBadResumePoint(lease.JobKey, point.Step);
            pump.OnWarning(
                $"Resume point '{point.Blob}' of step {point.Step} is missing or damaged; the training goes on from an earlier one.");
        }
        if (spec.From is not { } from) return request;
        var begin = await WholeAsync(from, files, calls)
            ?? throw new InvalidDataException(
                $"Resume point '{from.Blob}' of step {from.Step}, where the training was to go on, is missing or damaged.");
        return spec.Branches ? request with { BranchFrom = begin } : request with { Resume = [begin] };
    }

    private async Task<StoredFile?> WholeAsync(ResumeBlob point, AttemptFiles files, PatientCalls calls) =>
        await FetchAsync(point.Blob, files, calls) is { } file && file.Digest == point.Digest
            ? file.Named($"resume point of step {point.Step}") : null;

    /// <summary>
    /// Who deletes a concept wants nothing of it left: what was on its way into storage just then goes, too. Of a job that is there, what
    /// this attempt wrote and could not tell of.
    /// </summary>
    private async Task SweepAfterStopAsync(string prefix)
    {
        using var last = new RunSignals();
        var calls = new PatientCalls(last, place.Leases.Duration, place.Clock);
        if ((await calls.CallAsync(_job.GetOwner)).State is not null)
        {
            await calls.CallAsync(_job.DropLeftovers);
            return;
        }
        await foreach (var blob in place.Blobs.ListAsync(prefix)) await calls.CallAsync(() => place.Blobs.DeleteAsync(blob.Name));
    }

    /// <summary>Counts denoising steps over all passes, the same way on every attempt.</summary>
    private sealed class PassObserver(ResultPump pump, int passes, int passesBefore) : IGenerationObserver
    {
        public int Previews { get; init; }

        public void OnStep(int step, int steps) => pump.OnSamplingStep((passesBefore * steps) + step, passes * steps);

        public void OnPreview(int step, ReadOnlyMemory<byte> png) => ((ITrainingObserver)pump).OnPreview(step, png);
    }

    [LoggerMessage(LogLevel.Warning, "Job {Job}: attempt {Attempt} stops: {Reason}")]
    private partial void LogStopped(string job, int attempt, StopReason reason, Exception? e);

    [LoggerMessage(LogLevel.Error, "Job {Job}: attempt {Attempt}: the engine failed")]
    private partial void LogEngineFailed(string job, int attempt, Exception e);

    [LoggerMessage(LogLevel.Error, "Job {Job}: attempt {Attempt} came to its end without all results")]
    private partial void LogIncomplete(string job, int attempt, Exception e);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: resume point of step {Step} is missing or damaged")]
    private partial void LogBadResumePoint(string job, int step);
}
