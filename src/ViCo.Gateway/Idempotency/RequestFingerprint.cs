using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace ViCo.Gateway.Idempotency;

/// <summary>Tells one request from another under the same key: by query and body, of an upload by its parts' contents.</summary>
/// <remarks>The boundary between the parts differs from try to try and is left out.</remarks>
internal static class RequestFingerprint
{
    // What is more than that is read from a file.
    private const int InMemory = 1024 * 1024;

    /// <summary>Reads the body and leaves it to be read again.</summary>
    public static async Task<string> OfAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        request.EnableBuffering(InMemory);
        using var hash = Begin(request.QueryString.Value ?? "");
        if (MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && type.MediaType == "multipart/form-data"
            && HeaderUtilities.RemoveQuotes(type.Boundary).Value is { Length: > 0 and <= 200 } boundary)
        {
            await AppendPartsAsync(hash, new(boundary, request.Body), cancellationToken);
        }
        else
        {
            hash.AppendData(await SHA256.HashDataAsync(request.Body, cancellationToken));
        }
        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Of a request that is no upload.</summary>
    /// <param name="body">SHA-256 of the body.</param>
    public static string Of(string query, ReadOnlySpan<byte> body)
    {
        using var hash = Begin(query);
        hash.AppendData(body);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static IncrementalHash Begin(string query)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(query));
        return hash;
    }

    private static async Task AppendPartsAsync(IncrementalHash hash, MultipartReader reader, CancellationToken cancellationToken)
    {
        try
        {
            while (await reader.ReadNextSectionAsync(cancellationToken) is { } section) hash.AppendData(
                await SHA256.HashDataAsync(section.Body, cancellationToken));
        }
        catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
        {
            // A damaged form: whoever reads it next says so.
            hash.AppendData("damaged"u8);
        }
    }
}
