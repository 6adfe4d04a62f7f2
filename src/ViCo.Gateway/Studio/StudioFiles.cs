using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Http;

namespace ViCo.Gateway.Studio;

/// <summary>The studio's page, script and style, out of the assembly: the same bytes whichever host composes the gateway.</summary>
internal static class StudioFiles
{
    private const string Root = "wwwroot/";

    private static readonly FrozenDictionary<string, string> _types = new Dictionary<string, string>
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".woff2"] = "font/woff2",
        [".txt"] = "text/plain; charset=utf-8",
    }.ToFrozenDictionary();

    public static void MapStudioFiles(this IEndpointRouteBuilder routes)
    {
        foreach (var file in ReadAll())
        {
            routes.MapGet(file.Path, (HttpContext context) => SendAsync(context, file)).AllowAnonymous().ExcludeFromDescription();
            if (file.Path == "/index.html") routes.MapGet("/", (HttpContext context) => SendAsync(context, file)).AllowAnonymous()
                .ExcludeFromDescription();
        }
    }

    private static IEnumerable<StudioFile> ReadAll()
    {
        var assembly = typeof(StudioFiles).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Root, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            yield return new(
                "/" + name[Root.Length..].Replace('\\', '/'), _types[Path.GetExtension(name)], content, Compress(content),
                new($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"", isWeak: true));
        }
    }

    private static byte[] Compress(byte[] content)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) brotli.Write(content);
        return packed.ToArray();
    }

    private static async Task SendAsync(HttpContext context, StudioFile file)
    {
        var (request, response) = (context.Request, context.Response);
        response.Headers.ETag = file.ETag.ToString();
        response.Headers.CacheControl = "no-cache";                         // ask each time; an unchanged file costs one 304
        response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (JsonETags.Matches(request, file.ETag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        var packed = AcceptHeader.Takes(request, "br");
        if (packed) response.Headers.ContentEncoding = "br";
        response.ContentType = file.Type;
        await response.Body.WriteAsync(packed ? file.Packed : file.Content, context.RequestAborted);
    }
}

internal sealed record StudioFile(string Path, string Type, byte[] Content, byte[] Packed, EntityTagHeaderValue ETag);
