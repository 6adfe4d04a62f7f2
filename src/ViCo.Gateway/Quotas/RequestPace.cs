using System.Threading.RateLimiting;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway.Quotas;

/// <summary>How many requests of each tenant are answered in a second, at this gateway.</summary>
internal sealed class RequestPace : IDisposable
{
    private const int BurstSeconds = 10, PartsOfASecond = 10;

    private readonly TenantLimits _limits;
    private readonly TimeProvider _clock;

    private readonly PartitionedRateLimiter<(string Tenant, int Rate)> _limiter =
        PartitionedRateLimiter.Create<(string Tenant, int Rate), (string, int)>(one => RateLimitPartition.GetTokenBucketLimiter(one, _ =>
        {
            var often = one.Rate >= PartsOfASecond;
            return new()
            {
                TokenLimit = one.Rate * BurstSeconds, TokensPerPeriod = often ? one.Rate / PartsOfASecond : one.Rate,
                ReplenishmentPeriod = TimeSpan.FromSeconds(often ? 1.0 / PartsOfASecond : 1),
            };
        }));

    public RequestPace(TenantLimits limits, TimeProvider clock) => (_limits, _clock) = (limits, clock);

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.User.FindFirst(GatewayClaims.Tenant)?.Value is not { } tenant || GatewayClaims.IsSuspended(context.User)
            || (await _limits.OfAsync(tenant)).RequestsPerSecond is not { } rate)
        {
            await next(context);
            return;
        }
        using (var lease = _limiter.AttemptAcquire((tenant, rate)))
        {
            if (!lease.IsAcquired)
            {
                var wait = lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : TimeSpan.FromSeconds(1);
                await QuotaAnswers.Of(new("requestsPerSecond", rate, rate, _clock.GetUtcNow() + wait)).ExecuteAsync(context);
                return;
            }
        }
        await next(context);
    }

    public void Dispose() => _limiter.Dispose();
}
