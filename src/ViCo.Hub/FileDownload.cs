using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace ViCo.Hub;

/// <summary>Fetches one file into place, going on where an earlier attempt stopped, in this process or one before it.</summary>
/// <remarks>
/// Bytes gather in <c>NAME.part</c>, the server's ETag beside it; only a file whose size and hash are right gets its name. A server that
/// drops the connection is asked for the rest; one whose copy has changed, or that lies about ranges, makes the file start over.
/// </remarks>
internal sealed class FileDownload(HttpClient http, ModelHubOptions options, TimeProvider time)
{
    private static readonly TimeSpan LongestDelay = TimeSpan.FromMinutes(1);

    /// <param name="file">What to fetch.</param>
    /// <param name="target">Where to; its folder exists.</param>
    /// <param name="report">Told the bytes of this file that are there, and its size where known.</param>
    /// <exception cref="InvalidDataException">The content is not what the source announced; nothing is left of it.</exception>
    /// <exception cref="HttpRequestException">The server refuses, or could not be reached often enough; what was
    /// fetched is kept for next time.</exception>
    public async Task FetchAsync(RemoteFile file, string target, Action<long, long?> report, CancellationToken cancellationToken)
    {
        if (File.Exists(target) && await Matches(file, target, cancellationToken))
        {
            report(new FileInfo(target).Length, file.Size);
            return;
        }

        var part = $"{target}.part";
        for (var restarts = 0; ; restarts++)
        {
            var isJoined = await Gather(file, part, report, cancellationToken);
            if (await Defect(file, part, cancellationToken) is not { } defect)
                break;
            Discard(part);
            // What came in pieces may be of two versions: then it starts over, once.
            if (!isJoined || restarts > 0)
                throw new InvalidDataException($"'{file.Address}': {defect}.");
        }

        File.Move(part, target, overwrite: true);
        Discard(part);
    }

    /// <summary>Requests until the server has sent all. True when what is there came in more than one answer.</summary>
    private async Task<bool> Gather(RemoteFile file, string part, Action<long, long?> report, CancellationToken cancellationToken)
    {
        var (failures, most) = (0, Length(part));
        while (true)
        {
            try
            {
                return await Transfer(file, part, report, cancellationToken);
            }
            catch (Exception e) when (IsPassing(e, cancellationToken))
            {
                // Only bytes that were never there before count as progress, or a server could keep us going round for ever.
                failures = Length(part) > most ? 1 : failures + 1;
                most = Math.Max(most, Length(part));
                if (failures >= options.Attempts)
                {
                    throw new HttpRequestException(
                        $"'{file.Address}' could not be fetched in {failures} attempts; {Length(part)} bytes are kept for the next. "
                            + $"Last: {e.Message}", e);
                }

                var delay = options.RetryDelay * Math.Pow(2, failures - 1);
                await Task.Delay(delay < LongestDelay ? delay : LongestDelay, time, cancellationToken);
            }
        }
    }

    /// <summary>One request for what is missing, read to its end. True when it was added to what was there.</summary>
    private async Task<bool> Transfer(RemoteFile file, string part, Action<long, long?> report, CancellationToken cancellationToken)
    {
        var have = Length(part);
        if (have > file.Size || (have > 0 && ReadTag(part) is null && !file.IsChecked))
        {
            // Too much; or nothing could tell whether the rest is of the same version.
            Discard(part);
            have = 0;
        }

        if (have > 0 && have == file.Size)
            return true;

        using var stall = new CancellationTokenSource(options.StallTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stall.Token);
        using var request = new HttpRequestMessage(HttpMethod.Get, file.Address);
        Authorize(request, options);
        if (have > 0)
        {
            request.Headers.Range = new(have, null);
            if (ReadTag(part) is { } tag)
                request.Headers.IfRange = new(tag);
        }

        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // Either there is no more, which the size or hash will tell, or this is another file now.
            if (response.Content.Headers.ContentRange?.Length == have)
                return true;
            Discard(part);
            throw new IOException($"the server has fewer than the {have} bytes that were fetched before");
        }

        Require(response, file.Address, options);
        var isRest = response.StatusCode == HttpStatusCode.PartialContent;
        if (isRest && (response.Content.Headers.ContentRange is not { From: var from } range || from != have
            || (file.Size is { } s && range.Length is { } l && l != s)))
        {
            Discard(part);
            throw new IOException(
                $"the server was asked for bytes from {have} and sent {response.Content.Headers.ContentRange?.ToString() ?? "others"}");
        }

        if (!isRest)
            Discard(part);
        var expected = file.Size ?? (isRest ? response.Content.Headers.ContentRange?.Length : response.Content.Headers.ContentLength);
        if (expected > options.MaxBytes)
            throw new InvalidDataException($"'{file.Address}' has {expected} bytes; at most {options.MaxBytes} are accepted.");
        WriteTag(part, response.Headers.ETag);
        await Copy(response, new(part, isRest ? have : 0, expected), report, stall, either.Token);
        return isRest && have > 0;
    }

    /// <summary>Adds an answer's bytes to what is there of a file.</summary>
    /// <param name="stall">Cancelled when nothing comes for too long.</param>
    private async Task Copy(
        HttpResponseMessage response, Partial partial, Action<long, long?> report, CancellationTokenSource stall, CancellationToken token)
    {
        var (part, have, expected) = partial;
        await using var output = new FileStream(part, have > 0 ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
        await using var input = await response.Content.ReadAsStreamAsync(token);
        var buffer = new byte[1 << 17];
        while (true)
        {
            stall.CancelAfter(options.StallTimeout);
            var read = await input.ReadAsync(buffer, token);
            if (read == 0)
                break;
            have += read;
            if (have > (expected ?? options.MaxBytes))
            {
                output.SetLength(0);
                throw new IOException($"the server sends more than the {expected ?? options.MaxBytes} bytes it announced");
            }

            await output.WriteAsync(buffer.AsMemory(0, read), token);
            report(have, expected);
        }

        if (have < expected)
            throw new IOException($"the connection ended at {have} of {expected} bytes");
    }

    /// <summary>What is there of a file.</summary>
    /// <param name="Have">Bytes.</param>
    /// <param name="Expected">Bytes of the whole; null: unknown.</param>
    private sealed record Partial(string Path, long Have, long? Expected);

    /// <summary>The token goes to the endpoint's own host only; HttpClient drops it on a redirect.</summary>
    internal static void Authorize(HttpRequestMessage request, ModelHubOptions options)
    {
        if (options.Token is { Length: > 0 } token && request.RequestUri!.Authority == options.Endpoint.Authority
            && request.RequestUri.Scheme == options.Endpoint.Scheme)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    internal static void Require(HttpResponseMessage response, Uri address, ModelHubOptions options)
    {
        if (response.IsSuccessStatusCode)
            return;
        var advice = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden when options.Token is null =>
                "; the model may need a token (HF_TOKEN) and its licence accepted",
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
                "; the token does not give access, or the model's licence is not accepted",
            HttpStatusCode.NotFound => "; is the name, the revision or the mirror right?",
            _ => "",
        };
        throw new HttpRequestException($"'{address}' answered {(int)response.StatusCode} {response.ReasonPhrase}{advice}.", null,
            response.StatusCode);
    }

    /// <summary>What another attempt may mend: lost connections, silence, overload.</summary>
    private static bool IsPassing(Exception e, CancellationToken cancellationToken) => e switch
    {
        OperationCanceledException => !cancellationToken.IsCancellationRequested,
        HttpRequestException { StatusCode: { } status } => (int)status >= 500 || status is HttpStatusCode.TooManyRequests
            or HttpStatusCode.RequestTimeout,
        HttpRequestException or IOException => true,
        _ => false,
    };

    private static async Task<bool> Matches(RemoteFile file, string path, CancellationToken cancellationToken) =>
        file.IsChecked && await Defect(file, path, cancellationToken) is null;

    private static async Task<string?> Defect(RemoteFile file, string path, CancellationToken cancellationToken)
    {
        var length = Length(path);
        if (file.Size is { } size && length != size)
            return $"{length} bytes came; {size} were announced";
        if (file.Sha256 is { } sha256 && await Sha256(path, cancellationToken) is var found && found != sha256)
            return $"SHA-256 is {found}; {sha256} was announced";
        if (file.GitBlobId is { } blob && await GitBlobId(path, length, cancellationToken) is var id && id != blob)
            return $"git's id is {id}; {blob} was announced";
        return null;
    }

    internal static async Task<string> Sha256(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    private static async Task<string> GitBlobId(string path, long length, CancellationToken cancellationToken)
    {
#pragma warning disable CA5350 // git's own id of a file, not a protection against forgery: large files have SHA-256.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(Encoding.ASCII.GetBytes($"blob {length}\0"));
        hash.AppendData(await File.ReadAllBytesAsync(path, cancellationToken));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static long Length(string path) => new FileInfo(path) is { Exists: true, Length: var length } ? length : 0;

    private static string TagPath(string part) => $"{part}.etag";

    private static EntityTagHeaderValue? ReadTag(string part) =>
        File.Exists(TagPath(part)) && EntityTagHeaderValue.TryParse(File.ReadAllText(TagPath(part)), out var tag) && !tag.IsWeak ? tag
            : null;

    private static void WriteTag(string part, EntityTagHeaderValue? tag)
    {
        if (tag is null)
            File.Delete(TagPath(part));
        else
            File.WriteAllText(TagPath(part), tag.ToString());
    }

    private static void Discard(string part)
    {
        File.Delete(part);
        File.Delete(TagPath(part));
    }
}
