using ViCo.Grains.Gpus;

namespace ViCo.Grains.Fleet;

/// <summary>From one look at the load after another, how many working devices are wanted: up at once, down after a time of calm.</summary>
internal sealed class WantedDevices(FleetOptions options)
{
    private readonly Queue<(DateTimeOffset At, int Devices)> _needs = [];

    /// <param name="there">Devices that take work now: a first look does not send them away.</param>
    public int Next(QueueLoad load, int there, DateTimeOffset now)
    {
        // Whoever works stays. What waits is shared by others, of which no job needs two.
        var more = Math.Min(Math.Ceiling(load.BacklogSeconds / options.Wait.TotalSeconds), load.Drawings + load.Trainings);
        var need = (int)Math.Clamp(load.Running + more, options.LeastDevices, options.MostDevices);
        _needs.Enqueue((now, _needs.Count == 0 ? Math.Clamp(there, need, options.MostDevices) : need));
        while (now - _needs.Peek().At > options.Calm) _needs.Dequeue();
        return _needs.Max(n => n.Devices);
    }
}
