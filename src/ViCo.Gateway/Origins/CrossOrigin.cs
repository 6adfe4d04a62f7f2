using System.Security.Claims;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Http;
using ViCo.Gateway.Studio;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Origins;

/// <summary>Lets pages of allowed origins call the API (CORS), with a key or a token. The cookie stays our own pages'.</summary>
internal sealed class CrossOrigin(AllowedOrigins origins, ICorsService cors)
{
    private static readonly TimeSpan _preflight = TimeSpan.FromMinutes(10);

    /// <summary>What scripts may read beside what they always may.</summary>
    private static readonly string[] _exposed =
    [
        HeaderNames.ETag, HeaderNames.Location, HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate, HeaderNames.ContentRange,
        HeaderNames.AcceptRanges,
        HeaderNames.ContentDisposition, HeaderNames.Link, "Idempotency-Replayed", "Preference-Applied", "RateLimit", "RateLimit-Policy",
        ApiVersion.Header,
    ];

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.Request.Headers.Origin.ToString() is not { Length: > 0 } origin || OriginCheck.IsOurs(context.Request)
            ? next(context) : AnswerAsync(context, origin, next);

    private async Task AnswerAsync(HttpContext context, string origin, RequestDelegate next)
    {
        var request = context.Request;
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Origin);
            return Task.CompletedTask;
        });
        if (HttpMethods.IsOptions(request.Method) && request.Headers.ContainsKey(HeaderNames.AccessControlRequestMethod))
        {
            await ApplyAsync(context, origin, null);
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        // When the answer starts, the caller is known; an error that comes before that is told to whatever page some tenant allows.
        context.Response.OnStarting(() =>
            ApplyAsync(context, origin, context.User.FindFirstValue(GatewayClaims.Tenant) is { } tenant ? new(tenant) : null));
        await next(context);
    }

    private async Task ApplyAsync(HttpContext context, string origin, TenantId? tenant)
    {
        if (!await origins.AllowsAsync(origin, tenant)) return;
        var policy = new CorsPolicyBuilder(origin).AllowAnyHeader().AllowAnyMethod().WithExposedHeaders(_exposed)
            .SetPreflightMaxAge(_preflight);
        // SignalR's client asks with credentials; there are none, since the cookie does not leave its site.
        if (context.Request.Path.StartsWithSegments(StudioHub.Path)) policy.AllowCredentials();
        cors.ApplyResult(cors.EvaluatePolicy(context, policy.Build()), context.Response);
    }
}
