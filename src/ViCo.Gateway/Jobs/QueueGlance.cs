using ViCo.Grains.Gpus;

namespace ViCo.Gateway.Jobs;

/// <summary>The line as it was a moment ago: read once for all who ask.</summary>
internal sealed class QueueGlance(IGrainFactory grains, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private Task<QueueStatus>? _reading;
    private long _began;

    public Task<QueueStatus> ReadAsync()
    {
        lock (_lock)
        {
            if (_reading is { IsFaulted: false, IsCanceled: false } && clock.GetElapsedTime(_began) < Fresh) return _reading;
            _began = clock.GetTimestamp();
            return _reading = grains.GetGrain<IGpuQueueGrain>(IGpuQueueGrain.DefaultPool).GetStatus();
        }
    }
}
