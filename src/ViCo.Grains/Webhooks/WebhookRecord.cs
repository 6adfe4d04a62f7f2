namespace ViCo.Grains.Webhooks;

/// <summary>A tenant's webhooks, oldest first.</summary>
internal sealed record WebhookRecord
{
    public IReadOnlyList<Webhook> Webhooks { get; init; } = [];

    /// <summary>Signs what goes to webhooks of single jobs; null before the first.</summary>
    public string? JobSecret { get; init; }

    public Webhook? Find(string id) => Webhooks.FirstOrDefault(w => w.Id == id);

    /// <summary>The record with one webhook changed.</summary>
    public WebhookRecord With(string id, Func<Webhook, Webhook> change) => this with
    {
        Webhooks = [.. Webhooks.Select(w => w.Id == id ? change(w) : w)],
    };
}
