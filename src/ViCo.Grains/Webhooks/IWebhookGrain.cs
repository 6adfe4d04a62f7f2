using Orleans.Concurrency;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Webhooks;

/// <summary>A tenant's webhooks and what is on its way to them. Key: the tenant. Every command may be repeated.</summary>
/// <remarks>
/// It follows the logs of jobs, each from a place that it keeps, so that a crash anywhere loses no message and repeats one at most under
/// the same id. Messages as <see href="https://www.standardwebhooks.com">Standard Webhooks</see> says.
/// </remarks>
[Alias("vico.IWebhookGrain")]
public interface IWebhookGrain : IGrainWithStringKey
{
    /// <summary>Adds a webhook under an id of the caller's; again answers with what there is.</summary>
    [Alias("Add"), Needs(Grants.WebhooksWrite)] Task<Webhook> Add(string id, string url, IReadOnlyList<string> events);

    /// <summary>All, oldest first.</summary>
    [Alias("List"), Needs(Grants.WebhooksRead), AlwaysInterleave] Task<IReadOnlyList<Webhook>> List();

    /// <summary>
    /// Changes what is given; null when there is no such webhook. One that is enabled again starts with what happens from now on.
    /// </summary>
    [Alias("Change"), Needs(Grants.WebhooksWrite)] Task<Webhook?> Change(string id, WebhookChange change);

    /// <summary>Removes a webhook and what is on its way to it. False: there is none.</summary>
    [Alias("Remove"), Needs(Grants.WebhooksWrite)] Task<bool> Remove(string id);

    /// <summary>The secret that signs messages to webhooks of single jobs.</summary>
    [Alias("GetJobSecret"), Needs(Grants.WebhooksRead)] Task<string> GetJobSecret();

    /// <summary>
    /// Puts a new secret in place of a webhook's, or of that of single jobs under <see cref="JobWebhook.ListedAs"/>, and answers with it.
    /// Null when there is no such webhook. The last command again answers with what there is.
    /// </summary>
    /// <param name="overlap">How long the secret before signs beside it.</param>
    [Alias("Rotate"), Needs(Grants.WebhooksWrite)] Task<string?> Rotate(string id, string command, TimeSpan overlap);

    /// <summary>Messages to a webhook, newest first; null when there is no such webhook.</summary>
    /// <param name="cursor">Where the page before ended; null: from the newest.</param>
    /// <exception cref="ArgumentException">The cursor is none that a page gave out.</exception>
    [Alias("ReadDeliveries"), Needs(Grants.WebhooksRead), AlwaysInterleave]
    Task<DeliveryPage?> ReadDeliveries(string id, int limit, string? cursor);

    /// <summary>Sends a message again, now. False: there is none of this id.</summary>
    [Alias("Redeliver"), Needs(Grants.WebhooksWrite)] Task<bool> Redeliver(string id, string delivery);

    /// <summary>
    /// A job is about to be submitted. Its events go to the tenant's webhooks, and to <paramref name="own"/> where it has one.
    /// </summary>
    [Alias("Expect"), Needs(Grants.ConceptsWrite | Grants.ImagesWrite)] Task Expect(string jobId, JobWebhook? own = null);

    /// <summary>A job has something to tell. Lost, it is found out within half a minute.</summary>
    [Alias("Heard"), Needs(Grants.None), OneWay] Task Heard(string jobId);

    /// <summary>Goes on with what a silo that died has left.</summary>
    [Alias("Wake"), Needs(Grants.None)] Task Wake();
}
