using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Feeds;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Feeds;

/// <summary>What changed of the tenant, in place of asking every list again and again.</summary>
internal static class ChangesApi
{
    private const int MaxPage = 1000;

    public static void MapChanges(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/changes", Changes).WithTags("Changes").Needs(Grants.JobsRead).Knows("after", "limit")
        .WithSummary(
            "What changed of concepts, runs, jobs and pictures after a place: one page of JSON, or a live stream with Accept: "
            + "text/event-stream.")
        .Produces<ChangePage>(200, "application/json", EventStream.ContentType);

    private static async Task<IResult> Changes(
        HttpContext context, CurrentTenant tenant, ChangeReader reader, EventStream stream, CancellationToken cancellationToken,
        string? after = null, int limit = 500)
    {
        if (Bounds.Check<int>("limit", limit, 1, MaxPage) is { } problem) return problem;
        context.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        if (!EventStream.Wanted(context.Request)) return TypedResults.Ok(await tenant.Feed().Read(after, limit));

        var place = context.Request.Headers[EventStream.LastEventId] is [{ Length: > 0 } last, ..] ? last : after;
        await stream.WriteAsync(context.Response, stop => reader.FollowAsync(tenant, place, stop), change =>
            change.Position, cancellationToken);
        return TypedResults.Empty;
    }
}
