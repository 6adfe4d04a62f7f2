using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Webhooks;
using ViCo.Options;

namespace ViCo.Gateway.Webhooks;

/// <summary>The fields in which a request says where to tell of it.</summary>
internal static class WebhookFields
{
    private const int MaxUrl = 500;

    /// <summary>The address.</summary>
    public static readonly Option<string> Url = Option.Text(
        "webhook", MaxUrl, "",
        "Where to POST this job's events, signed with the secret at /webhooks/secret; beside the tenant's webhooks.") with
        {
            Least = 1L,
        };

    /// <summary>Which events.</summary>
    public static readonly Option<IReadOnlyList<string>> Events = Option.TextList(
        "webhookEvents", 9, "Which events the job's webhook hears of; by default how it ends.") with
        {
            Least = 1L,
        };

    /// <summary>Both.</summary>
    public static readonly OptionSpec[] All = [Url, Events];

    /// <summary>Checks them.</summary>
    public static OptionProblem? Read(OptionValues values) =>
        values.Has(Url) && ProblemOfUrl(values.Get(Url)) is { } odd ? new(Url.Name, odd)
        : values.Has(Events) && !values.Has(Url) ? new(Events.Name, $"{Events.Name} came without {Url.Name}; wanted: both.")
        : values.Has(Events) && ProblemOfEvents(values.Get(Events)) is { } unknown ? new(Events.Name, unknown)
        : null;

    /// <summary>
    /// Has the events of a job sent to where its request asks for. Before it is submitted; of one that is there already they are.
    /// </summary>
    public static async Task FollowAsync(CurrentTenant tenant, CommandId job, OptionValues values)
    {
        if (!values.Has(Url) || await tenant.Job(job.Value).Get() is not null) return;
        await tenant.Webhooks().Expect(job.Value, new(values.Get(Url), values.Has(Events) ? values.Get(Events) : WebhookEvents.Ends));
    }

    /// <summary>What is wrong with an address, or null. Where it leads is seen when it is connected to.</summary>
    public static string? ProblemOfUrl(string url) =>
        url.Length <= MaxUrl && Uri.TryCreate(url, UriKind.Absolute, out var uri)
            && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp)
            && uri.UserInfo.Length == 0 && uri.Fragment.Length == 0
            ? null : $"The webhook leads to '{url}'; wanted: an https: address of at most {MaxUrl} characters, without user or fragment.";

    /// <summary>What is wrong with a choice of events, or null.</summary>
    public static string? ProblemOfEvents(IReadOnlyList<string?> events) =>
        events.Count == 0 ? "No events came; wanted: at least one."
        : events.Where(one => one is null || !WebhookEvents.All.Contains(one)).ToArray() is [var odd, ..]
            ? $"There is no event '{odd}'; wanted: {string.Join(", ", WebhookEvents.All)}."
        : null;
}
