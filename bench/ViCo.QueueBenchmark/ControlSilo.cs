using ViCo.Grains.Gpus;
using ViCo.Shared;

namespace ViCo.QueueBenchmark;

/// <summary>A control silo in this process over a folder, without workers: the benchmark does their part.</summary>
internal sealed class ControlSilo : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ControlSilo(WebApplication app) => _app = app;

    public IGpuQueueGrain Queue =>
        _app.Services.GetRequiredService<IGrainFactory>().GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool);

    public static async Task<ControlSilo> StartAsync(string folder) => new(await ControlHost.StartAsync(folder));

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
