using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace ViCo.Gateway.Http;

/// <summary>Files that never change, as a browser shows them: in place, kept for a year, in parts where parts are asked for.</summary>
internal static class FileAnswers
{
    /// <param name="name">What it is saved as.</param>
    /// <param name="digest">Of the bytes, or of what they follow from: the ETag.</param>
    public static FileStreamHttpResult Inline(HttpContext context, Stream content, string type, string name, string digest)
    {
        context.Response.Headers.CacheControl = "private, max-age=31536000, immutable";
        var disposition = new ContentDispositionHeaderValue("inline");
        disposition.SetHttpFileName(name);
        context.Response.Headers.ContentDisposition = disposition.ToString();
        return TypedResults.File(content, type, entityTag: new($"\"{digest}\""), enableRangeProcessing: true);
    }

    /// <summary>Another ending for a file's name.</summary>
    public static string Named(string name, string extension) => $"{Path.GetFileNameWithoutExtension(name)}.{extension}";
}
