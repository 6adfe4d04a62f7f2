namespace ViCo.Grains.Webhooks;

/// <summary>The webhook of a single job.</summary>
[GenerateSerializer, Immutable, Alias("vico.job-webhook")]
public sealed record JobWebhook([property: Id(0)] string Url, [property: Id(1)] IReadOnlyList<string> Events)
{
    /// <summary>The id under which what is sent to such webhooks is listed.</summary>
    public const string ListedAs = "job";
}
