using System.ComponentModel.DataAnnotations;
using System.Net;

namespace ViCo.Grains.Webhooks;

/// <summary>Where webhooks may lead and how long they are tried; section <c>ViCo:Webhooks</c>.</summary>
public sealed class WebhookOptions : IValidatableObject
{
    /// <summary>The section.</summary>
    public const string Section = "ViCo:Webhooks";

    /// <summary>
    /// Networks that are allowed although they are not public, such as <c>10.20.0.0/16</c> for an intranet; there
    /// <c>http:</c> will do, too. Default: none.
    /// </summary>
    public IReadOnlyList<string> Allow { get; set; } = [];

    /// <summary>How long a receiver may take to answer. 1 s to 1 min; default 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")] public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Pauses between tries. Default: those of Standard Webhooks, ten tries in three days.</summary>
    public IReadOnlyList<TimeSpan> Pauses { get; set; } = [];

    /// <summary><see cref="Pauses"/>, or their default.</summary>
    /// <remarks>A list's default would be kept in front of what is configured.</remarks>
    internal IReadOnlyList<TimeSpan> PausesInForce => Pauses.Count > 0 ? Pauses :
    [
        TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30), TimeSpan.FromHours(2), TimeSpan.FromHours(5),
        TimeSpan.FromHours(10), TimeSpan.FromHours(14), TimeSpan.FromHours(20), TimeSpan.FromHours(24),
    ];

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Allow.Where(network => !IPNetwork.TryParse(network, out _))
        .Select(network =>
            new ValidationResult($"{Section}:Allow holds '{network}'; wanted: a network such as 10.20.0.0/16.", [nameof(Allow)]));
}
