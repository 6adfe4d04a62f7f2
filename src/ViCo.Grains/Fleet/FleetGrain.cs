using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ViCo.Grains.Clustering;
using ViCo.Grains.Gpus;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Fleet;

/// <summary>Keeps what was said of silos and tells the queue, which gives out work by it.</summary>
/// <remarks>Questions interleave with commands, because the queue asks while it is told.</remarks>
[ControlSilos]
internal sealed partial class FleetGrain(
    [PersistentState("fleet")] IPersistentState<Saved<FleetRecord>> stored, [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock,
    IOptions<FleetOptions> options, ILogger<FleetGrain> logger)
    : Grain, IFleetGrain
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(15);

    private readonly DurableState<FleetRecord> _record = new(stored);
    private readonly WantedDevices _wanted = new(options.Value);
    private IReadOnlySet<string> _spare = new HashSet<string>();

    private IGpuQueueGrain Queue => GrainFactory.GetGrain<IGpuQueueGrain>(this.GetPrimaryKeyString());

    private IReadOnlyDictionary<string, ToldState> Told => _record.Value?.Silos ?? new Dictionary<string, ToldState>();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _record.AskedInVain = DeactivateOnIdle;
        _record.Load();
        // Looked at though nobody asks, so that a number that is asked for knows what was needed before.
        this.RegisterGrainTimer(GetScaling, new() { DueTime = LookEvery, Period = LookEvery, Interleave = true, KeepAlive = true });
        return Task.CompletedTask;
    }

    public async Task<IReadOnlyList<SiloView>> GetSilos()
    {
        var workers = await Queue.GetWorkers();
        var running = await Queue.GetLeases();
        return [.. workers.Select(w => w.Silo).Union(Told.Keys).Union(running.Select(r => r.Silo)).Order(StringComparer.Ordinal)
            .Select(name => new SiloView(name, Told.GetValueOrDefault(name)?.State ?? SiloState.Active,
                [.. workers.Where(w => w.Silo == name)], [.. running.Where(r => r.Silo == name)])
            {
                Changed = Told.GetValueOrDefault(name)?.Changed, Spare = _spare.Contains(name) && !Told.ContainsKey(name),
            })];
    }

    public async Task<SiloView?> Change(string silo, SiloState state)
    {
        if (await FindAsync(silo) is not { } known) return null;
        if (known.State != state)
        {
            await SayAsync(told => state == SiloState.Active
                ? told.Where(t => t.Key != silo)
                : told.Where(t => t.Key != silo).Append(new(silo, new(state, clock.GetUtcNow()))));
            LogChanged(silo, state);
        }
        // Repeated, because the answer to an earlier time may have got lost.
        await Queue.SetSilos(await GetStates());
        return await FindAsync(silo);
    }

    public async Task<SiloView?> Remove(string silo)
    {
        if (await FindAsync(silo) is not { } known) return null;
        if (known.Workers.Count > 0) return known;
        await SayAsync(told => told.Where(t => t.Key != silo));
        await Queue.SetSilos(await GetStates());
        return known;
    }

    public Task<IReadOnlyDictionary<string, SiloState>> GetStates() => Task.FromResult<IReadOnlyDictionary<string, SiloState>>(
        _spare.Except(Told.Keys).Select(silo => (silo, SiloState.Draining)).Concat(Told.Select(t => (t.Key, t.Value.State)))
            .ToDictionary());

    public async Task<Scaling> GetScaling()
    {
        var load = await Queue.GetLoad();
        var silos = await GetSilos();
        var there = silos.Where(s => s.State == SiloState.Active).Sum(s => s.Workers.Count);
        var plan = ScalingPlan.Of(_wanted.Next(load, there, clock.GetUtcNow()), silos);
        if (options.Value.Autoscaled && !_spare.SetEquals(plan.Spare))
        {
            _spare = plan.Spare;
            LogSpare(string.Join(", ", _spare.Order(StringComparer.Ordinal)));
            await Queue.SetSilos(await GetStates());
            silos = await GetSilos();
        }
        return new(plan.Devices, load, silos);
    }

    private async Task<SiloView?> FindAsync(string silo) => (await GetSilos()).FirstOrDefault(s => s.Name == silo);

    private Task<bool> SayAsync(Func<IReadOnlyDictionary<string, ToldState>, IEnumerable<KeyValuePair<string, ToldState>>> change) =>
        _record.ChangeAsync(record =>
            (new FleetRecord { Silos = change(record?.Silos ?? new Dictionary<string, ToldState>()).ToDictionary() }, true));

    [LoggerMessage(LogLevel.Information, "Silo {Silo} is {State} from now on")]
    private partial void LogChanged(string silo, SiloState state);

    [LoggerMessage(LogLevel.Information, "Fewer devices are wanted; these silos get no work: {Silos}")]
    private partial void LogSpare(string silos);
}
