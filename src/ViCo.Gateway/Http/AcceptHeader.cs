using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;

namespace ViCo.Gateway.Http;

/// <summary>What a client would rather have: <c>Accept</c> and <c>Accept-Encoding</c> with quality values (RFC 9110 §12.5).</summary>
internal static class AcceptHeader
{
    /// <summary>
    /// Whether <paramref name="type"/> is wanted more than <paramref name="other"/>; of two wanted
    /// alike, the one that is named more exactly.
    /// </summary>
    public static bool Prefers(HttpRequest request, string type, string other)
    {
        var accepted = request.GetTypedHeaders().Accept;
        return Rank(accepted, type).CompareTo(Rank(accepted, other)) > 0;
    }

    /// <summary>Whether a content coding may be used, which it may not be unasked.</summary>
    public static bool Takes(HttpRequest request, string coding)
    {
        IList<StringWithQualityHeaderValue> codings = new RequestHeaders(request.Headers).AcceptEncoding;
        return (codings.FirstOrDefault(c => c.Value.Equals(coding, StringComparison.OrdinalIgnoreCase))
            ?? codings.FirstOrDefault(c => c.Value.Equals("*", StringComparison.Ordinal)))
            is { } found && found.Quality is null or > 0;
    }

    /// <summary>Quality, then how exactly the range that decides it names the type.</summary>
    private static (double Quality, int Exactness) Rank(IList<MediaTypeHeaderValue> accepted, string type)
    {
        var wanted = new MediaTypeHeaderValue(type);
        return accepted.Where(range => wanted.IsSubsetOf(new MediaTypeHeaderValue(range.MediaType)))
            .Select(range => (range.Quality ?? 1, range.MatchesAllTypes ? 0 : range.MatchesAllSubTypes ? 1 : 2))
            .OrderByDescending(rank => rank.Item2).ThenByDescending(rank => rank.Item1).FirstOrDefault();
    }
}
