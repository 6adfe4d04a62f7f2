using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Grains.Quotas;

namespace ViCo.Gateway.Quotas;

/// <summary>Says which quota something does not fit into, how much of it is used, and until when.</summary>
internal static class QuotaAnswers
{
    public const string Code = "quota_exceeded", Until = "until";

    // What waiting does not help against.
    private static readonly string[] _ofSize = ["largestJob", "storedBytes", "photos"];

    public static ProblemHttpResult Of(QuotaRefusal refusal) => Problem.Of(
        _ofSize.Contains(refusal.Limit) ? StatusCodes.Status413PayloadTooLarge : StatusCodes.Status429TooManyRequests, Code, Words(refusal),
        More(refusal));

    public static string Words(QuotaRefusal refusal)
    {
        var whose = refusal.User is { } user ? $"of user '{user}'" : "of the tenant";
        var (used, most) = (Number(refusal.Used), Number(refusal.Most));
        return refusal.Limit == "largestJob"
            ? $"The job is larger than the quota '{refusal.Limit}' {whose}: steps × batch × pixels are {used}; wanted: at most {most}."
            : $"The quota '{refusal.Limit}' {whose} is used up: {used} of {most}; "
                + (refusal.Until is { } until ? $"there is room again at {until.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}."
                    : "there is room when something of it ends or is deleted.");
    }

    /// <summary>Seconds until there is room, for <c>Retry-After</c>; null: nobody can say.</summary>
    public static long? SecondsUntil(IDictionary<string, object?> problem, DateTimeOffset now) =>
        problem.TryGetValue(Until, out var said) && said is DateTimeOffset until
            ? Math.Max(1, (long)Math.Ceiling((until - now).TotalSeconds)) : null;

    private static Dictionary<string, object?> More(QuotaRefusal refusal)
    {
        var more = new Dictionary<string, object?> { ["limit"] = refusal.Limit, ["used"] = refusal.Used, ["most"] = refusal.Most };
        if (refusal.Until is { } until) more[Until] = until;
        if (refusal.User is { } user) more["user"] = user;
        return more;
    }

    private static string Number(double number) => number.ToString("0.######", CultureInfo.InvariantCulture);
}
