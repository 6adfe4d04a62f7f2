using System.Reflection;
using ViCo.Engine;
using ViCo.Grains.Gpus;
using ViCo.Grains.Tenants;

namespace ViCo.Silo.Gpus;

/// <summary>Pulls work for this process's engine, one shift after the other, until the host stops.</summary>
internal sealed partial class GpuWorker(
    Workplace place, LoadedEngine engines, ModelNotice notice, IHostApplicationLifetime host, ILogger<GpuWorker> logger)
    : BackgroundService
{
    // An idle worker's longest wait keeps "submitted to started" under half a second; five hundred idle workers cost the
    // queue two thousand cheap calls a second.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(40);
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan AfterError = TimeSpan.FromSeconds(1);

    private static readonly string? _version =
        typeof(GpuWorker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;

    private readonly Random _jitter = new(place.SiloName.Aggregate(17, (seed, c) => unchecked((seed * 31) + c)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();                                     // the host's start does not wait for weights
        // Not in its turn among what stops: whoever serves requests stops before it, and may take long.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, host.ApplicationStopping);
        await WorkAsync(stopping.Token);
    }

    private async Task WorkAsync(CancellationToken stoppingToken)
    {
        IEngine engine;
        try
        {
            engine = await engines.LoadAsync().WaitAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            // A silo whose engine does not load can do nothing it is there for: end loudly instead of waiting for work for ever.
            LogNoEngine(e);
            Environment.ExitCode = 1;
            host.StopApplication();
            return;
        }

        using var system = TenantScope.EnterSystem();
        var sizes = new PictureSizes(engine.Info.ImageSize, engine.Info.SizeMultiple, engine.Info.MaxPixels);
        var worker = WorkerInfo.Create(place.SiloName, engine.Info.Device, engine.Info.BaseModel, sizes, Guid.NewGuid()) with
        {
            BaseDigest = engine.Info.BaseDigest, FreeBytes = engine.Info.FreeBytes, Version = _version,
        };
        try
        {
            await notice.GiveAsync(engine.Info, sizes, stoppingToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It works all the same; the next start tells again.
            LogNotTold(engine.Info.BaseModel, e);
        }
        LogReady(worker.Id, engine.Info.BaseModel);
        foreach (var warning in engine.Info.Warnings) LogWarning(warning);
        try
        {
            await PullAsync(engine, worker, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            LogStopped(worker.Id);
        }
    }

    private async Task PullAsync(IEngine engine, WorkerInfo worker, CancellationToken stoppingToken)
    {
        var leases = new FreshLeases(worker, place.Grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool));
        var wait = ShortestWait;
        while (!stoppingToken.IsCancellationRequested)
        {
            GpuLease? lease;
            try
            {
                lease = await leases.NextAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogNoQueue(e);
                await WaitAsync(AfterError, stoppingToken);
                continue;
            }
            if (lease is null)
            {
                await WaitAsync(wait, stoppingToken);
                wait = wait * 1.5 < LongestWait ? wait * 1.5 : LongestWait;
                continue;
            }

            wait = ShortestWait;
            var shift = new Shift(leases, engine, engines, place, logger) { First = lease, Shutdown = stoppingToken };
            if (!await shift.RunAsync()) await WaitAsync(AfterError, stoppingToken);
        }
    }

    /// <summary>Up to a fifth shorter or longer, so that workers do not ask in step.</summary>
    private Task WaitAsync(TimeSpan about, CancellationToken cancellationToken) =>
        Task.Delay(about * (0.8 + 0.4 * _jitter.NextDouble()), place.Clock, cancellationToken);

    [LoggerMessage(LogLevel.Information, "Worker {Worker} takes work for base model {BaseModel}")]
    private partial void LogReady(string worker, string baseModel);

    [LoggerMessage(LogLevel.Warning, "Base model: {Warning}")]
    private partial void LogWarning(string warning);

    [LoggerMessage(LogLevel.Warning, "Base model {BaseModel} could not be told of")]
    private partial void LogNotTold(string baseModel, Exception e);

    [LoggerMessage(LogLevel.Information, "Worker {Worker} stopped")]
    private partial void LogStopped(string worker);

    [LoggerMessage(LogLevel.Critical, "The engine does not load; the silo stops")]
    private partial void LogNoEngine(Exception e);

    [LoggerMessage(LogLevel.Warning, "The queue does not answer; asking again")]
    private partial void LogNoQueue(Exception e);
}
