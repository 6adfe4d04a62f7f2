using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ViCo.Grains.Clustering;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Webhooks;

/// <summary>
/// Reads the logs of followed jobs into messages and sends those, a few at a time to each webhook and none waiting for another.
/// </summary>
/// <remarks>
/// What runs between calls: one timer, which reads and starts sendings, and the sendings. They change webhooks only through separate calls
/// to the grain.
/// </remarks>
[ControlSilos]
internal sealed partial class WebhookGrain(
    [PersistentState("webhooks")] IPersistentState<Saved<WebhookRecord>> stored, IBlobStore blobs, WebhookSender sender,
    [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock, ILogger<WebhookGrain> logger)
    : Grain, IWebhookGrain, IWebhookRecordGrain, ITenantOwned, IDisposable
{
    private const int AtOnceToEach = 4, EventsAtOnce = 200;

    private static readonly TimeSpan
        Tick = TimeSpan.FromSeconds(1), LooksAnyway = TimeSpan.FromSeconds(30), NeverCame = TimeSpan.FromMinutes(1),
        Sweeps = TimeSpan.FromHours(6),
        Stays = TimeSpan.FromMinutes(5);

    private readonly DurableState<WebhookRecord> _record = new(stored);
    private readonly Dictionary<string, FollowedJob> _followed = [];
    private readonly HashSet<string> _heard = [], _sending = [];
    private readonly CancellationTokenSource _stop = new();
    private TenantId _tenant;
    private DeliveryBox _box = null!;
    private IGrainTimer _timer = null!;
    private DateTimeOffset _looked, _swept;

    private WebhookRecord Record => _record.Value ?? new();

    private string Prefix => $"tenants/{_tenant}/webhooks/";

    private DateTimeOffset Now => clock.GetUtcNow();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _tenant = new(this.GetPrimaryKeyString());
        _record.AskedInVain = DeactivateOnIdle;
        _record.Load();
        _box = new(blobs, Prefix);
        await _box.LoadAsync();
        await foreach (var blob in blobs.ListAsync($"{Prefix}jobs/", cancellationToken))
        {
            if (await blobs.ReadAsync(blob.Name, cancellationToken) is { } content
                && JsonSerializer.Deserialize<FollowedJob>(content.Content.Span, GrainJson.Options) is { } job) _followed[job.Job] = job;
        }
        _timer = this.RegisterGrainTimer(TickAsync, new() { DueTime = Tick, Period = Tick, Interleave = true });
    }

    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => _stop.CancelAsync();

    public async Task<Webhook> Add(string id, string url, IReadOnlyList<string> events)
    {
        await MarkAsync();
        var fresh = new Webhook(id, url, events, WebhookSignature.NewSecret(), Now);
        var added = await _record.ChangeAsync(record => record?.Find(id) is { } known
            ? (record, known) : ((record ?? new()) with { Webhooks = [.. record?.Webhooks ?? [], fresh] }, fresh));
        if (ReferenceEquals(added, fresh)) await FollowLivingAsync();
        return added;
    }

    public Task<IReadOnlyList<Webhook>> List() => Task.FromResult(Record.Webhooks);

    public async Task<Webhook?> Change(string id, WebhookChange change)
    {
        var wasOff = Record.Find(id) is { Disabled: not null };
        await _record.ChangeAsync(record => record?.Find(id) is null ? (record, false) : (record.With(id, webhook => webhook with
        {
            Url = change.Url ?? webhook.Url, Events = change.Events ?? webhook.Events,
            Disabled = change.Enabled switch { true => null, false => webhook.Disabled ?? "Switched off.", _ => webhook.Disabled },
        }), true));
        if (wasOff && Record.Find(id) is { Disabled: null }) await FollowLivingAsync();
        return Record.Find(id);
    }

    public async Task<bool> Remove(string id)
    {
        var removed = await _record.ChangeAsync(record => record?.Find(id) is null
            ? (record, false) : (record with { Webhooks = [.. record.Webhooks.Where(w => w.Id != id)] }, true));
        await _box.RemoveAsync(id);
        return removed;
    }

    public async Task<string> GetJobSecret()
    {
        var fresh = WebhookSignature.NewSecret();
        return await _record.ChangeAsync(record => record?.JobSecret is { } known ? (record, known)
            : ((record ?? new()) with { JobSecret = fresh }, fresh));
    }

    public async Task<string?> Rotate(string id, string command, TimeSpan overlap)
    {
        if (id == JobWebhook.ListedAs) await GetJobSecret();
        var fresh = WebhookSignature.NewSecret();
        return await _record.ChangeAsync<string?>(record =>
        {
            if (record?.SecretOf(id) is not { } current) return (record, null);
            var last = record.RotationOf(id);
            return last?.Command == command ? (record, current)
                : (record.WithSecret(id, fresh, SecretRotation.Next(last, command, current, Now, overlap)), fresh);
        });
    }

    public async Task<DeliveryPage?> ReadDeliveries(string id, int limit, string? cursor) =>
        id == JobWebhook.ListedAs || Record.Find(id) is not null ? await _box.ReadAsync(id, limit, cursor) : null;

    public async Task<bool> Redeliver(string id, string delivery)
    {
        if (await _box.FindAsync(id, delivery) is not { } found) return false;
        await _box.PutAsync(found with { State = DeliveryState.Waiting, Attempts = 0, Due = Now, Status = null, Problem = null });
        Ring();
        return true;
    }

    public async Task Expect(string jobId, JobWebhook? own)
    {
        if (_followed.ContainsKey(jobId) || (own is null && Record.Webhooks.All(w => w.Disabled is not null))) return;
        if (own is not null)
        {
            await GetJobSecret();
            await MarkAsync();
        }
        await FollowAsync(new(jobId, Now, Own: own));
    }

    public Task Heard(string jobId)
    {
        if (_followed.ContainsKey(jobId) && _heard.Add(jobId)) Ring();
        return Task.CompletedTask;
    }

    public Task Wake() => Task.CompletedTask;

    public void Dispose() => _stop.Dispose();

    public Task Disable(string id, string why) => _record.ChangeAsync(record => record?.Find(id) is null or { Disabled: not null }
        ? (record, false) : (record.With(id, webhook => webhook with { Disabled = why }), true));

    private IJobGrain Job(string jobId) => GrainFactory.GetGrain<IJobGrain>(_tenant.Key(jobId));

    private void Ring() => _timer.Change(TimeSpan.Zero, Tick);

    /// <summary>Silos look at start which tenants have something to go on with.</summary>
    private Task<string> MarkAsync() => blobs.WriteAsync(WebhookWaker.MarkerOf(_tenant), ReadOnlyMemory<byte>.Empty);

    private async Task FollowAsync(FollowedJob job)
    {
        await blobs.WriteAsync($"{Prefix}jobs/{job.Job}.json", JsonSerializer.SerializeToUtf8Bytes(job, GrainJson.Options));
        _followed[job.Job] = job;
    }

    private async Task UnfollowAsync(string jobId)
    {
        await blobs.DeleteAsync($"{Prefix}jobs/{jobId}.json");
        _followed.Remove(jobId);
    }

    /// <summary>A webhook that is new, or on again, hears of jobs under way what they tell from now on.</summary>
    private async Task FollowLivingAsync()
    {
        var index = GrainFactory.GetGrain<IIndexGrain>(IndexKeys.Jobs(_tenant));
        for (string? cursor = null; ;)
        {
            var page = await index.Read(new(200, cursor) { States = [JobState.Queued, JobState.Running] });
            foreach (var job in page.Entries.Select(e => e.Job).OfType<JobView>().Where(job => !_followed.ContainsKey(job.Id)))
                await FollowAsync(new(job.Id, Now, job.LastSeq));
            if ((cursor = page.Next) is null) return;
        }
    }

    private async Task TickAsync(CancellationToken cancellationToken)
    {
        using var scope = TenantScope.Enter(_tenant);
        if (_followed.Count > 0 || _box.Waiting.Any()) DelayDeactivation(Stays);
        if (Now - _looked > LooksAnyway)
        {
            _looked = Now;
            _heard.UnionWith(_followed.Keys);
        }
        foreach (var jobId in _heard.ToArray())
        {
            _heard.Remove(jobId);
            await TryAsync(() => ReadLogAsync(jobId), jobId);
        }
        foreach (var delivery in _box.Waiting.Where(d => d.Due <= Now && !_sending.Contains(d.Id)).OrderBy(d => d.Due).ThenBy(d => d.Seq)
            .ToArray())
        {
            if (_box.Waiting.Count(d => d.Url == delivery.Url && _sending.Contains(d.Id)) < AtOnceToEach) SendAsync(delivery).Ignore();
        }
        if (Now - _swept > Sweeps)
        {
            _swept = Now;
            await TryAsync(() => _box.SweepAsync(Now), "");
        }
    }

    /// <summary>Puts what a job has told since into the box; first the messages, then the place.</summary>
    private async Task ReadLogAsync(string jobId)
    {
        while (_followed.TryGetValue(jobId, out var job))
        {
            var page = await Job(jobId).ReadEvents(job.Cursor, EventsAtOnce);
            if (page.LastSeq == 0 || await Job(jobId).Get() is not { } view)
            {
                // Deleted, or refused before it was there.
                if (job.Cursor > 0 || Now - job.Since > NeverCame) await UnfollowAsync(jobId);
                return;
            }
            var told = false;
            foreach (var one in page.Events)
            {
                if (WebhookEvents.TypeOf(one.Data) is not { } type) continue;
                foreach (var (id, url) in Record.Webhooks.Where(w => w.Disabled is null && w.Events.Contains(type))
                    .Select(w => (w.Id, w.Url))
                    .Concat(job.Own is { } own && own.Events.Contains(type) ? [(JobWebhook.ListedAs, own.Url)] : []))
                {
                    await _box.PutAsync(
                        new($"msg-{jobId}-{one.Seq}-{id}", id, url, jobId, one.Seq, type, WebhookEvents.BodyOf(view, one), Now)
                        {
                            Due = Now,
                        });
                    told = true;
                }
            }
            var cursor = page.Events.Count == 0 ? job.Cursor : page.Events[^1].Seq;
            if (page.Ended && cursor >= page.LastSeq)
            {
                await UnfollowAsync(jobId);
                return;
            }
            // Steps alone are not worth a write: they are looked at again after a crash.
            if (told) await FollowAsync(job with { Cursor = cursor });
            else _followed[jobId] = job with { Cursor = cursor };
            if (cursor >= page.LastSeq) return;
        }
    }

    private async Task SendAsync(Delivery delivery)
    {
        _sending.Add(delivery.Id);
        await TryAsync(async () =>
        {
            var webhook = Record.Find(delivery.Webhook);
            if (Record.SecretOf(delivery.Webhook) is not { } secret || webhook?.Disabled is not null)
            {
                await _box.FinishAsync(
                    delivery with { State = DeliveryState.Failed, Problem = webhook?.Disabled ?? "The webhook is removed." });
                return;
            }
            // The webhook's address of now: after it was corrected, what still waits goes to the new one.
            var (status, problem) = await sender.SendAsync(delivery with { Url = webhook?.Url ?? delivery.Url },
                SecretRotation.Signing(secret, Record.RotationOf(delivery.Webhook), Now), _stop.Token);
            delivery = delivery with { Attempts = delivery.Attempts + 1, Status = status, Problem = problem };
            var pauses = sender.Pauses;
            if (problem is null) await _box.FinishAsync(delivery with { State = DeliveryState.Delivered });
            else if (status == 410 || delivery.Attempts > pauses.Count) await _box.FinishAsync(
                delivery with { State = DeliveryState.Failed });
            else await _box.PutAsync(delivery with { Due = Now + pauses[delivery.Attempts - 1] });
            if (status == 410 && webhook is not null)
                await this.AsReference<IWebhookRecordGrain>().Disable(webhook.Id, "The receiver answered 410: it wants no more.");
        }, delivery.Job);
        _sending.Remove(delivery.Id);
        if (!_stop.IsCancellationRequested) Ring();
    }

    /// <summary>What fails here is tried again, within half a minute: a message that waits still waits.</summary>
    private async Task TryAsync(Func<Task> work, string jobId)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (!_stop.IsCancellationRequested)
        {
            LogFailed(_tenant.Value, jobId, e);
        }
        catch (OperationCanceledException)
        {
            // The grain leaves its silo; the next activation goes on.
        }
    }

    [LoggerMessage(LogLevel.Warning, "Webhooks of tenant {Tenant}: something about job '{Job}' failed and is tried again")]
    private partial void LogFailed(string tenant, string job, Exception e);
}
