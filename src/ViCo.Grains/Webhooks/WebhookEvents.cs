using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Webhooks;

/// <summary>Which events of a job's log are sent, and in which words.</summary>
public static class WebhookEvents
{
    private static readonly JsonSerializerOptions _json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>All there are.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. Enum.GetValues<JobState>().Select(Of), "job.checkpoint", "job.image", "job.warning", "job.error",
    ];

    /// <summary>Those that end a job: what is sent where nothing else was asked for.</summary>
    public static IReadOnlyList<string> Ends { get; } = [Of(JobState.Succeeded), Of(JobState.Failed), Of(JobState.Canceled)];

    /// <summary>The type of an event's message, or null when it is not sent: steps are read from the log.</summary>
    internal static string? TypeOf(JobEventData data) => data switch
    {
        StateChanged changed => Of(changed.State),
        CheckpointSaved => "job.checkpoint",
        ImageDrawn => "job.image",
        WarningRaised => "job.warning",
        ErrorRaised => "job.error",
        _ => null,
    };

    /// <summary>The body of an event's message: type, time, and as data the job with the event as its log has it.</summary>
    internal static string BodyOf(JobView job, JobEvent one) => new JsonObject
    {
        ["type"] = TypeOf(one.Data),
        ["timestamp"] = one.Time.UtcDateTime.ToString("o", System.Globalization.CultureInfo.InvariantCulture),
        ["data"] = new JsonObject
        {
            ["job"] = job.Id, ["seq"] = one.Seq, ["attempt"] = one.Attempt, ["kind"] = job.Kind, ["concept"] = job.ConceptId,
            ["run"] = job.Run,
            ["user"] = job.User, ["event"] = JsonSerializer.SerializeToNode(one.Data, _json),
        },
    }.ToJsonString(_json);

    private static string Of(JobState state) => $"job.{JsonNamingPolicy.CamelCase.ConvertName(state.ToString())}";
}
