using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ViCo.Grains.Clustering;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Quotas;

/// <summary>Counts one tenant's open jobs, device time and storage.</summary>
/// <remarks>
/// What is told to it may get lost, so that it may believe more is used than is: before it refuses it looks again, at most once in a while.
/// </remarks>
[ControlSilos]
internal sealed class QuotaGrain(
    [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock, IOptions<QuotaOptions> defaults)
    : Grain, IQuotaGrain, ITenantOwned
{
    private const int AtOnce = 200;

    // A job that was let in and is not there yet may still come.
    private static readonly TimeSpan OnItsWay = TimeSpan.FromMinutes(1), TermsHold = TimeSpan.FromSeconds(10),
        CountHolds = TimeSpan.FromMinutes(10), LooksAgain = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Known> _jobs = [];
    private TenantQuotas _quotas = new();
    private TenantId _tenant;
    private DateTimeOffset _termsRead = DateTimeOffset.MinValue, _counted = DateTimeOffset.MinValue, _looked = DateTimeOffset.MinValue;
    private (long Bytes, int Photos) _stored;
    private DateOnly _day;

    private DateTimeOffset Now => clock.GetUtcNow();

    private IIndexGrain Index => GrainFactory.GetGrain<IIndexGrain>(IndexKeys.Jobs(_tenant));

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _tenant = new(this.GetPrimaryKeyString());
        _day = DateOnly.FromDateTime(Now.UtcDateTime);
        using var own = TenantScope.Enter(_tenant);
        foreach (var job in await Index.GetUses(_day)) Put(job);
    }

    public async Task<QuotaRefusal?> Admit(JobDemand job)
    {
        await RefreshAsync();
        if (_jobs.TryGetValue(job.Job, out var known) && known.Use.Open) return null;
        if (Refusal(job) is { } first && first.Limit != NameOf(nameof(_quotas.LargestJob)) && Now - _looked > LooksAgain)
            await LookAgainAsync();
        if (Refusal(job) is { } refusal) return refusal;
        _jobs[job.Job] = new(new(job.Job, Open: true, "", "", job.User, []), Now);
        return null;
    }

    public Task Note(JobUse job)
    {
        Put(job);
        return Task.CompletedTask;
    }

    public async Task<QuotaRefusal?> AdmitPhotos(int photos, long bytes)
    {
        await RefreshAsync();
        if (TooMuch(photos, bytes) is not null && Now - _looked > LooksAgain) await LookAgainAsync();
        if (TooMuch(photos, bytes) is { } refusal) return refusal;
        _stored = (_stored.Bytes + bytes, _stored.Photos + photos);
        return null;
    }

    public Task Recount()
    {
        _termsRead = _counted = DateTimeOffset.MinValue;
        return Task.CompletedTask;
    }

    public async Task<QuotaView> Get()
    {
        await RefreshAsync();
        return new(_quotas, _jobs.Values.Count(job => job.Use.Open), _jobs.Values.Sum(SecondsToday), _stored.Bytes, _stored.Photos);
    }

    private static string NameOf(string limit) => char.ToLowerInvariant(limit[0]) + limit[1..];

    private void Put(JobUse use)
    {
        if (use.Open || use.Uses.Any(one => one.Day == _day)) _jobs[use.Job] = new(use, Now);
        else _jobs.Remove(use.Job);
    }

    private QuotaRefusal? Refusal(JobDemand job)
    {
        if (job.Work > _quotas.LargestJob) return new(NameOf(nameof(_quotas.LargestJob)), job.Work, _quotas.LargestJob.Value);
        if (_stored.Bytes >= _quotas.StoredBytes) return new(NameOf(nameof(_quotas.StoredBytes)), _stored.Bytes, _quotas.StoredBytes.Value);
        DateTimeOffset midnight = new(_day.AddDays(1).ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        return Of(_jobs.Values, _quotas.OpenJobs, nameof(_quotas.OpenJobs), _quotas.GpuSecondsPerDay, nameof(_quotas.GpuSecondsPerDay))
            ?? (job.User is null ? null : Of(_jobs.Values.Where(one => one.Use.User == job.User), _quotas.OpenJobsPerUser,
                nameof(_quotas.OpenJobsPerUser), _quotas.GpuSecondsPerDayPerUser, nameof(_quotas.GpuSecondsPerDayPerUser)));

        QuotaRefusal? Of(IEnumerable<Known> some, int? mostOpen, string open, double? mostSeconds, string seconds)
        {
            var user = open == nameof(_quotas.OpenJobs) ? null : job.User;
            var (waiting, used) = (0, 0.0);
            foreach (var one in some)
            {
                if (one.Use.Open) waiting++;
                used += SecondsToday(one);
            }
            return waiting >= mostOpen ? new(NameOf(open), waiting, mostOpen.Value, User: user)
                : used >= mostSeconds ? new(NameOf(seconds), used, mostSeconds.Value, midnight, user) : null;
        }
    }

    private QuotaRefusal? TooMuch(int photos, long bytes) =>
        _stored.Photos + photos > _quotas.Photos ? new(NameOf(nameof(_quotas.Photos)), _stored.Photos, _quotas.Photos.Value)
        : _stored.Bytes + bytes > _quotas.StoredBytes
            ? new(NameOf(nameof(_quotas.StoredBytes)), _stored.Bytes, _quotas.StoredBytes.Value) : null;

    private double SecondsToday(Known job) => job.Use.Uses.Where(use => use.Day == _day).Sum(use => use.Seconds);

    private async Task RefreshAsync()
    {
        if (DateOnly.FromDateTime(Now.UtcDateTime) is var today && today != _day)
        {
            _day = today;
            foreach (var job in _jobs.Values.ToList()) Put(job.Use);
        }
        if (Now - _termsRead > TermsHold)
        {
            var terms = await GrainFactory.GetGrain<ITenantGrain>(_tenant.Value).GetTerms();
            (_quotas, _termsRead) = ((terms.Quotas ?? new()).Over(defaults.Value.Quotas), Now);
        }
        if (Now - _counted > CountHolds) await CountAsync();
    }

    private async Task LookAgainAsync()
    {
        _looked = Now;
        foreach (var some in _jobs.Values.Where(job => job.Use.Open && Now - job.Since > OnItsWay).ToList().Chunk(AtOnce))
            await Task.WhenAll(some.Select(LookAtAsync));
        await CountAsync();
    }

    private async Task LookAtAsync(Known job)
    {
        try
        {
            if (await GrainFactory.GetGrain<IJobGrain>(_tenant.Key(job.Use.Job)).Get() is { } view) Put(JobUse.Of(view));
            else _jobs.Remove(job.Use.Job);
        }
        catch (Exception)
        {
            // One that cannot be read counts as it did: no other job may be refused for it.
        }
    }

    private async Task CountAsync()
    {
        var (bytes, photos) = (await Index.GetStoredBytes(), 0);
        for (string? cursor = null; ;)
        {
            var page = await GrainFactory.GetGrain<IIndexGrain>(IndexKeys.Concepts(_tenant)).Read(new(AtOnce, cursor));
            foreach (var concept in page.Concepts)
            {
                bytes += concept.StoredBytes;
                photos += concept.Photos.Count;
            }
            if ((cursor = page.Next) is null) break;
        }
        (_stored, _counted) = ((bytes, photos), Now);
    }

    private sealed record Known(JobUse Use, DateTimeOffset Since);
}
