using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Options;

namespace ViCo.Gateway.Lists;

/// <summary>The query parameters that lists have in common, read from a request.</summary>
/// <remarks>One type, so that every list pages and filters alike.</remarks>
internal sealed record PageRequest(int Limit, string? Cursor, string? User, DateTimeOffset? Since, string? Tag, string? Kind,
    IReadOnlyList<JobState>? States, string? Concept)
{
    public const int Default = 50, Most = 200;

    /// <summary>What a list of concepts takes.</summary>
    public static readonly string[] OfConcepts = ["limit", "cursor", "user", "since", "tag"];

    /// <summary>What a list of jobs takes.</summary>
    public static readonly string[] OfJobs = ["limit", "cursor", "user", "since", "kind", "state", "concept"];

    /// <summary>What a list of pictures takes.</summary>
    public static readonly string[] OfImages = ["limit", "cursor", "user", "since", "concept"];

    /// <summary>What a list of runs takes.</summary>
    public static readonly string[] OfRuns = ["limit", "cursor"];

    /// <summary>What a list of messages to a webhook takes.</summary>
    public static readonly string[] OfDeliveries = ["limit", "cursor"];

    // As RFC 3339 writes them, or a day.
    private static readonly string[] _instants =
        ["yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd"];

    /// <summary>Reads the parameters of a request, or says which one cannot be used.</summary>
    public static (PageRequest? Page, ProblemHttpResult? Problem) Read(HttpRequest request)
    {
        var query = request.Query;
        string? Text(string name) => query[name] is [{ Length: > 0 } text, ..] ? text : null;

        List<OptionProblem> problems = [];
        void Refuse(string field, string wanted) => problems.Add(new(field, $"Field '{field}' is '{query[field]}'; wanted: {wanted}."));

        // Whoever sends an empty filter believes that it works. An empty cursor is where every loop over pages begins.
        foreach (var name in query.Where(one => one.Key != "cursor" && one.Value is [null or ""]).Select(one => one.Key))
            Refuse(name, "a value, or no such parameter");
        if (Text("user") is { } user && EndUser.ProblemOf(user) is { } odd) problems.Add(new("user", odd));
        var limit = Default;
        if (Text("limit") is { } number
            && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Most))
            Refuse("limit", $"1 to {Most}");
        DateTimeOffset? since = null;
        if (Text("since") is { } instant)
        {
            if (DateTimeOffset.TryParseExact(instant, _instants, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal,
                out var read)) since = read;
            else Refuse("since", "an instant such as 2026-01-31T12:00:00Z");
        }
        if (Text("kind") is { } kind && kind is not ("training" or "sampling")) Refuse("kind", "training or sampling");
        List<JobState> states = [];
        foreach (var name in query["state"].SelectMany(some => (some ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (Enum.TryParse<JobState>(name, ignoreCase: true, out var state) && !char.IsAsciiDigit(name[0])) states.Add(state);
            else Refuse("state", "queued, running, succeeded, failed or canceled, several with commas");
        }
        if (Text("concept") is { } concept && !IdConstraint.Fits(concept)) Refuse("concept", "a concept's id");
        if (Problem.Fields(problems) is { } problem) return (null, problem);
        return (new(limit, Text("cursor"), Text("user"), since, Text("tag"), Text("kind"), states.Count == 0 ? null
            : states, Text("concept")), null);
    }

    /// <summary>As the index is asked.</summary>
    public IndexQuery Query => new(Limit, Cursor) { User = User, Since = Since, Tag = Tag, Kind = Kind, States = States };

    /// <summary>A cursor that no page gave out.</summary>
    public static ProblemHttpResult BadCursor(string? cursor) =>
        Problem.Field("cursor", $"Field 'cursor' is '{cursor}'; wanted: the 'next' of an earlier page of this list.");
}
