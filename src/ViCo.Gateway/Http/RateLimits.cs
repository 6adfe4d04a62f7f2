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

    private const int LoginsPerMinute = 60, UploadsAtOnce = 4, UploadsWaiting = 32;

    private readonly PartitionedRateLimiter<HttpContext> _limiter = PartitionedRateLimiter.Create<HttpContext,
    string>(context => Of(context) switch
    {
        Login => RateLimitPartition.GetFixedWindowLimiter(
            $"{Login} {context.Connection.RemoteIpAddress}", _ => new()
            {
                PermitLimit = LoginsPerMinute,
                Window = TimeSpan.FromMinutes(1),
            }),
        Uploads => RateLimitPartition.GetConcurrencyLimiter(
            $"{Uploads} {context.User.FindFirst(GatewayClaims.Tenant)?.Value}", _ => new()
            {
                PermitLimit = UploadsAtOnce,
                QueueLimit = UploadsWaiting,
            }),
        _ => RateLimitPartition.GetNoLimiter(""),
    });

    public void Apply(RateLimiterOptions options)
    {
        options.GlobalLimiter = _limiter;
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = (context, _) =>
        {
            var wait = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var told) ? Math.Max(1, (int)told.TotalSeconds) : 5;
            context.HttpContext.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            return ValueTask.CompletedTask;
        };
    }

    /// <summary>Says what the route's limit is and what is left of it.</summary>
    public Task TellAsync(HttpContext context, RequestDelegate next)
    {
        if (Of(context) is { } name)
        {
            context.Response.OnStarting(() =>
            {
                var left = _limiter.GetStatistics(context)?.CurrentAvailablePermits ?? 0;
                context.Response.Headers["RateLimit-Policy"] =
                    name == Login ? $"\"{name}\";q={LoginsPerMinute};w=60" : $"\"{name}\";q={UploadsAtOnce};qu=\"concurrent-requests\"";
                context.Response.Headers["RateLimit"] = $"\"{name}\";r={left}";
                return Task.CompletedTask;
            });
        }
        return next(context);
    }

    public void Dispose() => _limiter.Dispose();

    private static string? Of(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RateLimited>()?.Name;
}

/// <summary>The limit of <see cref="RateLimits"/> that a route has.</summary>
internal sealed record RateLimited(string Name);

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
        app.UseRateLimiter();
    }
}
