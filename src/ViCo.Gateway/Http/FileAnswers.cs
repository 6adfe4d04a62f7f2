using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway.Http;

/// <summary>Files that never change, as a browser shows them: in place, kept for a year, in parts where parts are asked for.</summary>
internal static class FileAnswers
{
    private const long Year = 365 * 24 * 60 * 60;

    /// <param name="name">What it is saved as.</param>
    /// <param name="digest">Of the bytes, or of what they follow from: the ETag.</param>
    public static FileStreamHttpResult Inline(HttpContext context, Stream content, string type, string name, string digest)
    {
        // Who came by a signed address keeps it no longer than the signature holds.
        var seconds = long.TryParse(context.User.FindFirstValue(GatewayClaims.Expires), CultureInfo.InvariantCulture, out var expires)
            ? Math.Max(0, expires - context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeSeconds()) : Year;
        context.Response.Headers.CacheControl = $"private, max-age={seconds}, immutable";
        var disposition = new ContentDispositionHeaderValue("inline");
        disposition.SetHttpFileName(name);
        context.Response.Headers.ContentDisposition = disposition.ToString();
        return TypedResults.File(content, type, entityTag: new($"\"{digest}\""), enableRangeProcessing: true);
    }

    /// <summary>Another ending for a file's name.</summary>
    public static string Named(string name, string extension) => $"{Path.GetFileNameWithoutExtension(name)}.{extension}";
}
