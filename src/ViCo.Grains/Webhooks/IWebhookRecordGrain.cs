using ViCo.Grains.Tenants;

namespace ViCo.Grains.Webhooks;

/// <summary>What a webhook grain asks of itself: calls of their own, one at a time.</summary>
[Alias("vico.IWebhookRecordGrain")]
internal interface IWebhookRecordGrain : IGrainWithStringKey
{
    /// <summary>Nothing is sent to a webhook any more.</summary>
    [Alias("Disable"), Needs(Grants.None)] Task Disable(string id, string why);
}
