using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace ViCo.Client;

/// <summary>Where a job stands.</summary>
[JsonConverter(typeof(JobStateJson))]
public enum JobState
{
    /// <summary>Waits in the queue.</summary>
    Queued = 0,

    /// <summary>A worker has it.</summary>
    Running = 1,

    /// <summary>Done.</summary>
    Succeeded = 2,

    /// <summary>Given up; the error says why.</summary>
    Failed = 3,

    /// <summary>Ended by somebody.</summary>
    Canceled = 4,
}

internal sealed class JobStateJson() : JsonStringEnumConverter<JobState>(JsonNamingPolicy.CamelCase);

/// <summary>A training or a drawing.</summary>
/// <param name="Kind"><c>training</c> or <c>sampling</c>.</param>
/// <param name="Step">The last step done.</param>
/// <param name="Images">Ids of the pictures drawn so far.</param>
/// <param name="LastSeq">The newest event.</param>
/// <param name="EtaSeconds">Seconds to go while it runs; null: not known.</param>
/// <param name="Sampling">What a drawing was asked for; every value that the request left open stands there as it was resolved.</param>
/// <param name="Training">What a training was asked for.</param>
/// <param name="Run">Of a training: its run.</param>
public sealed record Job(
    string Id, string Kind, string ConceptId, JobState State, int Attempt, int Step, int? Steps, double? Loss, IReadOnlyList<string> Images,
    long LastSeq, DateTimeOffset Submitted, DateTimeOffset? Started, DateTimeOffset? Ended, string? Error, double? EtaSeconds,
    string? Prompt, JsonObject? Sampling, JsonObject? Training, string? User, string? Run, long StoredBytes);

/// <summary>A picture of a list.</summary>
/// <param name="Index">Its place in its job.</param>
/// <param name="Sampling">What it was drawn with.</param>
public sealed record Picture(
    string Id, string Url, string Job, int Index, string Concept, long Seed, DateTimeOffset Submitted, string? User, JsonObject Sampling);

/// <summary>What to draw.</summary>
/// <param name="Concept">Id of a trained concept.</param>
/// <param name="Prompt">Holds <c>*</c> where the object goes.</param>
public sealed record Drawing(string Concept, string Prompt)
{
    /// <summary>Pictures to draw; null: the server's own number.</summary>
    public int? Count { get; init; }

    /// <summary>Seed of the first picture; null: the server draws one.</summary>
    public long? Seed { get; init; }

    /// <summary><c>{run}:{step}</c> or a step; null: the concept's default.</summary>
    public string? Checkpoint { get; init; }

    /// <summary>Ids of photos to look at; null: the first.</summary>
    public IReadOnlyList<string>? References { get; init; }

    /// <summary>The front-end's own user it is for.</summary>
    public string? User { get; init; }

    /// <summary>Further options by the names of <c>GET /options</c>, such as <c>samplingSteps</c>.</summary>
    public JsonObject? Options { get; init; }

    internal JsonObject Body() => Bodies.Of(
        Options, ("concept", Concept), ("prompt", Prompt), ("count", Count), ("seed", Seed), ("checkpoint", Checkpoint), ("user", User),
        ("references", References is null ? null : new JsonArray([.. References.Select(r => (JsonNode)r)])));
}

/// <summary>How to learn.</summary>
public sealed record Training
{
    /// <summary>Training steps; null: the base model's own number.</summary>
    public int? Steps { get; init; }

    /// <summary>The front-end's own user it is for.</summary>
    public string? User { get; init; }

    /// <summary>Further options by the names of <c>GET /options</c>, such as <c>learningRate</c>.</summary>
    public JsonObject? Options { get; init; }

    internal JsonObject Body() => Bodies.Of(Options, ("steps", Steps), ("user", User));
}

internal static class Bodies
{
    /// <summary>Options, and beside them the fields that are there.</summary>
    public static JsonObject Of(JsonObject? options, params (string Name, JsonNode? Value)[] fields)
    {
        var body = (JsonObject?)options?.DeepClone() ?? [];
        foreach (var (name, value) in fields)
        {
            if (value is not null) body[name] = value;
        }
        return body;
    }
}
