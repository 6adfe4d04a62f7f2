using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.RateLimiting;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway.Http;

/// <summary>
/// How often and how many at once, per address or tenant, told to callers as draft-ietf-httpapi-ratelimit-headers has it.
/// </summary>
internal sealed class RateLimits : IDisposable
{
    /// <summary>Sign-ins: each asks a grain.</summary>
    public const string Login = "login";

    /// <summary>Uploads: each holds photos in memory.</summary>
    public const string Uploads = "uploads";

    private const int LoginsPerMinute = 60, Minute = 60, UploadsAtOnce = 4, UploadsWaiting = 32, UploadTakes = 5;

    private readonly PartitionedRateLimiter<HttpContext> _limiter;
    private readonly TimeProvider _clock;

    public RateLimits(TimeProvider clock)
    {
        _clock = clock;
        _limiter = PartitionedRateLimiter.Create<HttpContext, string>(context => Of(context) switch
        {
            // Each minute by the clock has a limiter of its own, so that callers can be told when it ends.
            Login => RateLimitPartition.GetFixedWindowLimiter(
                $"{Login} {context.Connection.RemoteIpAddress} {_clock.GetUtcNow().ToUnixTimeSeconds() / Minute}", _ => new()
                {
                    PermitLimit = LoginsPerMinute, Window = TimeSpan.FromSeconds(Minute),
                }),
            Uploads => RateLimitPartition.GetConcurrencyLimiter(
                $"{Uploads} {context.User.FindFirst(GatewayClaims.Tenant)?.Value}", _ => new()
                {
                    PermitLimit = UploadsAtOnce, QueueLimit = UploadsWaiting,
                }),
            _ => RateLimitPartition.GetNoLimiter(""),
        });
    }

    /// <summary>Seconds to the end of the minute, at least 1.</summary>
    private long Left => Minute - (_clock.GetUtcNow().ToUnixTimeSeconds() % Minute);

    public void Apply(RateLimiterOptions options)
    {
        options.GlobalLimiter = _limiter;
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = (context, _) =>
        {
            context.HttpContext.Response.Headers.RetryAfter =
                (Of(context.HttpContext) == Login ? Left : UploadTakes).ToString(CultureInfo.InvariantCulture);
            return ValueTask.CompletedTask;
        };
    }

    /// <summary>
    /// Says what the route's limit is, what is left of it, and in how many seconds there is all of it again; one of requests at once
    /// has no such time.
    /// </summary>
    public Task TellAsync(HttpContext context, RequestDelegate next)
    {
        if (Of(context) is { } name)
        {
            context.Response.OnStarting(() =>
            {
                var left = _limiter.GetStatistics(context)?.CurrentAvailablePermits ?? 0;
                var (policy, reset) = name == Login ? ($"q={LoginsPerMinute};w={Minute}", $";t={Left}")
                    : ($"q={UploadsAtOnce};qu=\"concurrent-requests\"", "");
                context.Response.Headers["RateLimit-Policy"] = $"\"{name}\";{policy}";
                context.Response.Headers["RateLimit"] = $"\"{name}\";r={left}{reset}";
                return Task.CompletedTask;
            });
        }
        return next(context);
    }

    public void Dispose() => _limiter.Dispose();

    /// <summary>Whether the request's route has a limit.</summary>
    public static bool Limits(HttpContext context) => Of(context) is not null;

    private static string? Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RateLimited>()?.Name;
}

internal static class RateLimitRoutes
{
    /// <summary>Puts the route under a limit of <see cref="RateLimits"/>.</summary>
    public static RouteHandlerBuilder Limited(this RouteHandlerBuilder route, string limit) => route.WithMetadata(new RateLimited(limit));

    public static void AddViCoRateLimits(this IServiceCollection services)
    {
        services.AddSingleton<RateLimits>();
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<RateLimits>((options, limits) => limits.Apply(options));
    }

    public static void UseViCoRateLimits(this WebApplication app)
    {
        var limits = app.Services.GetRequiredService<RateLimits>();
        app.Use(limits.TellAsync);
        app.UseWhen(RateLimits.Limits, limited => limited.UseRateLimiter());
    }
}
