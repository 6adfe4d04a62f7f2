namespace ViCo.Grains.Webhooks;

/// <summary>A tenant's webhooks, oldest first.</summary>
internal sealed record WebhookRecord
{
    public IReadOnlyList<Webhook> Webhooks { get; init; } = [];

    /// <summary>Signs what goes to webhooks of single jobs; null before the first.</summary>
    public string? JobSecret { get; init; }

    /// <summary>How <see cref="JobSecret"/> came in place of another; null: it is the first.</summary>
    public SecretRotation? JobRotation { get; init; }

    public Webhook? Find(string id) => Webhooks.FirstOrDefault(w => w.Id == id);

    /// <summary>The secret of a webhook, or of single jobs under <see cref="JobWebhook.ListedAs"/>; null: there is none.</summary>
    public string? SecretOf(string id) => id == JobWebhook.ListedAs ? JobSecret : Find(id)?.Secret;

    /// <summary>How <see cref="SecretOf"/> came in place of another; null: it did not.</summary>
    public SecretRotation? RotationOf(string id) => id == JobWebhook.ListedAs ? JobRotation : Find(id)?.Rotation;

    /// <summary>The record with another secret in that place.</summary>
    public WebhookRecord WithSecret(string id, string secret, SecretRotation rotation) => id == JobWebhook.ListedAs
        ? this with { JobSecret = secret, JobRotation = rotation }
        : With(id, webhook => webhook with { Secret = secret, Rotation = rotation });

    /// <summary>The record with one webhook changed.</summary>
    public WebhookRecord With(string id, Func<Webhook, Webhook> change) => this with
    {
        Webhooks = [.. Webhooks.Select(w => w.Id == id ? change(w) : w)],
    };
}
