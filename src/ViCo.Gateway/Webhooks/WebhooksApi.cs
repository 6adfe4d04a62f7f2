using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Lists;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;
using ViCo.Grains.Webhooks;

namespace ViCo.Gateway.Webhooks;

/// <summary>Webhooks of the tenant: who is told of jobs, what was sent, and sending it again.</summary>
internal static class WebhooksApi
{
    internal const int DefaultOverlap = 24 * 3600, MaxOverlap = 7 * 24 * 3600;

    private const int Most = 20;

    public static void MapWebhooks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/webhooks").WithTags("Webhooks").Needs(Grants.WebhooksRead);
        group.MapPost("/", Add).Needs(Grants.WebhooksWrite)
            .WithSummary(
            "Adds a webhook: the events of every job of the tenant are POSTed to it, signed as Standard Webhooks says. Its secret is "
            + "told here and not again.").Small().Knows().WithMetadata(new RepeatsItself());
        group.MapRead("/", List).WithSummary("The tenant's webhooks, oldest first.");
        group.MapRead("/secret", Secret).WithSummary("The secret that signs what goes to webhooks of single jobs.");
        group.MapRead("/{webhook:id}", Get).WithSummary("A webhook.");
        group.MapPatch("/{webhook:id}", Change).Needs(Grants.WebhooksWrite)
            .WithSummary("Changes what is given: url, events, enabled.").Small().Knows();
        group.MapDelete("/{webhook:id}", Remove).Needs(Grants.WebhooksWrite)
            .WithSummary("Removes a webhook and what is on its way to it.").Knows();
        group.MapPost("/{webhook:id}/secret", Rotate).Needs(Grants.WebhooksWrite)
            .WithSummary(
            "Puts a new secret in place of a webhook's, or under 'job' of that of single jobs. For a while the one before signs, too.")
            .Small().Knows().WithMetadata(new RepeatsItself());
        group.MapRead("/{webhook:id}/deliveries", Deliveries, PageRequest.OfDeliveries)
            .WithSummary(
            "What was and is to be sent to a webhook, newest first, for a week, page by page; of webhooks of single jobs under 'job'.");
        group.MapPost("/{webhook:id}/deliveries/{delivery:id}/redelivery", Redeliver).Needs(Grants.WebhooksWrite)
            .WithSummary("Sends a message again, under the id it had.").Knows();
    }

    private static async Task<Results<Created<NewWebhook>, ProblemHttpResult>> Add(AddWebhook body, CommandId id, CurrentTenant tenant)
    {
        if (ProblemOf(body.Url, body.Events) is { } problem) return problem;
        var known = await tenant.Webhooks().List();
        if (known.Count >= Most && known.All(webhook => webhook.Id != id.Value))
            return Problem.Conflict("too_many_webhooks", $"There are {known.Count} webhooks; wanted: at most {Most}.");
        var added = await tenant.Webhooks().Add(id.Value, body.Url, body.Events ?? WebhookEvents.All);
        if (added.Url != body.Url || !added.Events.SequenceEqual(body.Events ?? WebhookEvents.All)) return IdempotencyKeys.Reused();
        return TypedResults.Created($"/webhooks/{id}", new NewWebhook(added.Id, added.Url, added.Events, added.Created, added.Secret));
    }

    private static async Task<Ok<WebhookList>> List(CurrentTenant tenant) =>
        TypedResults.Ok(new WebhookList([.. (await tenant.Webhooks().List()).Select(WebhookResponse.Of)]));

    private static async Task<Ok<WebhookSecret>> Secret(CurrentTenant tenant) =>
        TypedResults.Ok(new WebhookSecret(await tenant.Webhooks().GetJobSecret()));

    private static async Task<Results<Ok<WebhookSecret>, ProblemHttpResult>> Rotate(
        string webhook, RotateSecret body, CommandId id, CurrentTenant tenant)
    {
        if (Bounds.Check<int>("overlap", body.Overlap, 0, MaxOverlap) is { } problem) return problem;
        return await tenant.Webhooks().Rotate(webhook, id.Value, TimeSpan.FromSeconds(body.Overlap ?? DefaultOverlap)) is { } secret
            ? TypedResults.Ok(new WebhookSecret(secret)) : Problem.NotFound("webhook", webhook);
    }

    private static async Task<Results<Ok<WebhookResponse>, ProblemHttpResult>> Get(string webhook, CurrentTenant tenant) =>
        (await tenant.Webhooks().List()).FirstOrDefault(one => one.Id == webhook) is { } found
            ? TypedResults.Ok(WebhookResponse.Of(found)) : Problem.NotFound("webhook", webhook);

    private static async Task<Results<Ok<WebhookResponse>,
    ProblemHttpResult>> Change(string webhook, ChangeWebhook body, CurrentTenant tenant)
    {
        if (ProblemOf(body.Url, body.Events) is { } problem) return problem;
        return await tenant.Webhooks().Change(webhook, new(body.Url, body.Events, body.Enabled)) is { } changed
            ? TypedResults.Ok(WebhookResponse.Of(changed)) : Problem.NotFound("webhook", webhook);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(string webhook, CurrentTenant tenant) =>
        await tenant.Webhooks().Remove(webhook) ? TypedResults.NoContent() : Problem.NotFound("webhook", webhook);

    private static async Task<Results<Ok<DeliveryList>, ProblemHttpResult>> Deliveries(
        string webhook, HttpRequest request, CurrentTenant tenant)
    {
        var (page, problem) = PageRequest.Read(request);
        if (page is null) return problem!;
        try
        {
            return await tenant.Webhooks().ReadDeliveries(webhook, page.Limit, page.Cursor) is { } found
                ? TypedResults.Ok(new DeliveryList([.. found.Deliveries.Select(DeliveryResponse.Of)], found.Next))
                : Problem.NotFound("webhook", webhook);
        }
        catch (ArgumentException)
        {
            return PageRequest.BadCursor(page.Cursor);
        }
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> Redeliver(string webhook, string delivery, CurrentTenant tenant) =>
        await tenant.Webhooks().Redeliver(webhook, delivery)
            ? TypedResults.Accepted($"/webhooks/{webhook}/deliveries") : Problem.NotFound("delivery", delivery);

    private static ProblemHttpResult? ProblemOf(string? url, IReadOnlyList<string>? events) =>
        url is not null && WebhookFields.ProblemOfUrl(url) is { } odd ? Problem.Field("url", odd)
        : events is not null && WebhookFields.ProblemOfEvents(events) is { } unknown ? Problem.Field("events", unknown)
        : null;
}

/// <param name="Url">Where to POST events.</param>
/// <param name="Events">Which; by default all.</param>
internal sealed record AddWebhook(string Url, IReadOnlyList<string>? Events = null);

/// <summary>What is to be changed; what is not there stays.</summary>
/// <param name="Enabled">True sends again after a receiver's 410.</param>
internal sealed record ChangeWebhook(string? Url = null, IReadOnlyList<string>? Events = null, bool? Enabled = null);

/// <param name="Secret">Verifies what comes; it is not told again.</param>
internal sealed record NewWebhook(string Id, string Url, IReadOnlyList<string> Events, DateTimeOffset Created, string Secret);

/// <param name="Disabled">Why nothing is sent any more; null: it is.</param>
internal sealed record WebhookResponse(string Id, string Url, IReadOnlyList<string> Events, DateTimeOffset Created, bool Enabled,
    string? Disabled)
{
    public static WebhookResponse Of(Webhook webhook) =>
        new(webhook.Id, webhook.Url, webhook.Events, webhook.Created, webhook.Disabled is null, webhook.Disabled);
}

internal sealed record WebhookList(IReadOnlyList<WebhookResponse> Webhooks);

internal sealed record WebhookSecret(string Secret);

/// <param name="Id">The message's <c>webhook-id</c>.</param>
/// <param name="Due">When it is sent next, where it waits.</param>
/// <param name="Status">What the receiver answered last.</param>
/// <param name="Problem">Why it was not taken.</param>
internal sealed record DeliveryResponse(
    string Id, string Type, string Job, long Seq, DeliveryState State, int Attempts, DateTimeOffset Created, DateTimeOffset? Due,
    int? Status, string? Problem)
{
    public static DeliveryResponse Of(Delivery delivery) => new(
        delivery.Id, delivery.Type, delivery.Job, delivery.Seq, delivery.State, delivery.Attempts, delivery.Created,
        delivery.State == DeliveryState.Waiting ? delivery.Due : null, delivery.Status, delivery.Problem);
}

/// <param name="Next">Cursor of the next page; null: there is no more.</param>
internal sealed record DeliveryList(IReadOnlyList<DeliveryResponse> Deliveries, string? Next);
