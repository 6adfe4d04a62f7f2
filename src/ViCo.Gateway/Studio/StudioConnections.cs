using System.Collections.Concurrent;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Jobs;

namespace ViCo.Gateway.Studio;

/// <summary>Which hub connection follows which jobs.</summary>
/// <remarks>Sends each a heartbeat with the newest sequence numbers, so that a dead or deaf socket is noticed.</remarks>
internal sealed class StudioConnections(IHubContext<StudioHub> hub, JobHints hints, TimeProvider clock, IOptions<GatewayOptions> options)
    : BackgroundService
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<Following, string>> _connections = new();

    public void Add(string connectionId) => _connections.TryAdd(connectionId, new());

    public void Remove(string connectionId) => _connections.TryRemove(connectionId, out _);

    public IDisposable Following(string connectionId, string jobKey, string jobId)
    {
        var following = new Following(jobKey, jobId);
        if (_connections.TryGetValue(connectionId, out var jobs))
        {
            jobs[following] = jobId;
            following.Left = () => jobs.TryRemove(following, out _);
        }
        return following;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Heartbeat, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var now = clock.GetUtcNow();
            foreach (var (connectionId, jobs) in _connections)
            {
                var newest = new Dictionary<string, long>();
                foreach (var following in jobs.Keys) newest[following.JobId] = hints.NewestSeq(following.JobKey) ?? 0;
                await hub.Clients.Client(connectionId).SendAsync(nameof(Heartbeat), new Heartbeat(now, newest), stoppingToken);
            }
        }
    }
}
