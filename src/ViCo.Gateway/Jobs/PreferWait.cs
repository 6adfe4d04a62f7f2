using System.Globalization;
using Microsoft.Extensions.Options;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Jobs;

namespace ViCo.Gateway.Jobs;

/// <summary>
/// <c>Prefer: wait=N</c> (RFC 7240): the answer to a POST that makes a job comes when the job has ended, or after N seconds.
/// </summary>
/// <remarks>
/// Around <see cref="Idempotency.IdempotencyKeys"/>: what is stored and replayed is the submission, and each repeat waits for itself.
/// </remarks>
internal sealed class PreferWait(
    JobEventReader reader, IGrainFactory grains, IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions> json)
{
    public const string Header = "Prefer", Applied = "Preference-Applied";

    private const int MaxSeconds = 60;

    public Task InvokeAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<TakesPreference>() is not null && Seconds(context.Request) is { } seconds
            ? WaitAsync(context, next, seconds) : next(context);

    private async Task WaitAsync(HttpContext context, RequestDelegate next, int seconds)
    {
        var (response, wire) = (context.Response, context.Response.Body);
        using var buffer = new MemoryStream();
        response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            response.Body = wire;
        }
        if (response.StatusCode == StatusCodes.Status202Accepted
            && response.Headers.Location.ToString().Split('/') is ["", "jobs", var jobId]
            && await reader.EndAsync(CurrentTenant.Of(context.User, grains), jobId, TimeSpan.FromSeconds(seconds),
                context.RequestAborted) is { } job)
        {
            response.Headers[Applied] = string.Create(CultureInfo.InvariantCulture, $"wait={seconds}");
            if (job.Ended is not null) response.StatusCode = StatusCodes.Status200OK;
            response.ContentLength = null;
            await response.WriteAsJsonAsync(job, json.Value.SerializerOptions.GetTypeInfo(typeof(JobView)),
                cancellationToken: context.RequestAborted);
            return;
        }
        buffer.Position = 0;
        await buffer.CopyToAsync(wire, context.RequestAborted);
    }

    /// <summary>How long the client would wait, at most a minute; null: it says nothing of it that can be read.</summary>
    private static int? Seconds(HttpRequest request) => request.Headers.GetCommaSeparatedValues(Header)
        .SelectMany(preferences => preferences.Split(';', ','))
            .Select(preference => preference.Split('=', 2, StringSplitOptions.TrimEntries))
        .Where(preference => preference is [var name, _] && name.Equals("wait", StringComparison.OrdinalIgnoreCase))
        .Select(preference => int.TryParse(preference[1].Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds > 0
            ? Math.Min(seconds, MaxSeconds) : (int?)null).FirstOrDefault();
}

internal static class Preferences
{
    /// <summary>Lets a route that makes a job answer when that has ended, where the client prefers so.</summary>
    public static RouteHandlerBuilder MayWait(this RouteHandlerBuilder route) =>
        route.WithMetadata(TakesPreference.Wait).Produces<JobView>();
}
