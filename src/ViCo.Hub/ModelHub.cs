using System.Text.Json;
using System.Text.RegularExpressions;
using ViCo.Engine.Models.Files;

namespace ViCo.Hub;

/// <summary>Asks a hub which files a model has, and picks those that are needed.</summary>
internal sealed partial class ModelHub(HttpClient http, ModelHubOptions options)
{
    private const int MaxAnswerBytes = 16 << 20;

    private static readonly string[] Needed =
    [
        "model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json", "scheduler/scheduler_config.json",
        "tokenizer/vocab.json", "tokenizer/merges.txt",
    ];

    private static readonly string[] Singles =
        [.. Needed, "vico.json", "README.md", "LICENSE", "LICENSE.md", "LICENSE.txt", "tokenizer/tokenizer_config.json",
            "tokenizer/special_tokens_map.json"];

    /// <summary><c>owner/name</c>, as hubs call models.</summary>
    [GeneratedRegex(@"^[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}$")]
    internal static partial Regex Id { get; }

    [GeneratedRegex(@"^[A-Za-z0-9][\w./-]{0,199}$")]
    private static partial Regex Revision { get; }

    /// <summary>The commit that a revision stands for, and the files of a model in diffusers' layout.</summary>
    /// <exception cref="InvalidDataException">The model has not that layout, or the answer is not what a hub says.</exception>
    /// <exception cref="HttpRequestException">The hub refuses or cannot be reached.</exception>
    public async Task<(string Commit, IReadOnlyList<RemoteFile> Files)> FindAsync(string id, string revision,
        CancellationToken cancellationToken)
    {
        if (!Id.IsMatch(id) || !Revision.IsMatch(revision) || revision.Contains("..", StringComparison.Ordinal))
            throw new ArgumentException($"'{id}' at '{revision}' is no model of a hub; wanted OWNER/NAME and a branch, tag or commit.");
        var address = new Uri(options.Endpoint, $"{BasePath}api/models/{id}/revision/{Uri.EscapeDataString(revision)}?blobs=true");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        FileDownload.Authorize(request, options);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        FileDownload.Require(response, address, options);
        var answer = await ReadBounded(response, address, cancellationToken);
        try
        {
            using var json = JsonDocument.Parse(answer, new() { MaxDepth = 32 });
            var commit = json.RootElement.GetProperty("sha").GetString();
            if (commit is null || !Revision.IsMatch(commit))
                throw new InvalidDataException($"'{address}' names no commit.");
            var all = new Dictionary<string, RemoteFile>(StringComparer.Ordinal);
            foreach (var sibling in json.RootElement.GetProperty("siblings").EnumerateArray())
            {
                if (Read(sibling, id, commit) is { } file)
                    all[file.Path] = file;
            }

            return (commit, Pick(all, id));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{address}' does not answer as a model hub does: {e.Message}", e);
        }
    }

    private string BasePath => options.Endpoint.AbsolutePath is var path && path.EndsWith('/') ? path : $"{path}/";

    /// <summary>Plain relative paths only: a hub's list must not write elsewhere.</summary>
    private RemoteFile? Read(JsonElement sibling, string id, string commit)
    {
        var path = sibling.GetProperty("rfilename").GetString() ?? "";
        if (path.Split('/').Any(part => part is "" or "." or "..") || path.AsSpan().ContainsAny('\\', ':', '\0'))
            return null;
        long? size = sibling.TryGetProperty("size", out var s) && s.ValueKind == JsonValueKind.Number ? s.GetInt64() : null;
        string? sha256 = null, blob = null;
        if (sibling.TryGetProperty("lfs", out var lfs) && lfs.ValueKind == JsonValueKind.Object)
        {
            sha256 = lfs.TryGetProperty("sha256", out var hash) ? hash.GetString()?.ToLowerInvariant() : null;
            size ??= lfs.TryGetProperty("size", out var large) ? large.GetInt64() : null;
        }
        else if (sibling.TryGetProperty("blobId", out var blobId))
        {
            blob = blobId.GetString()?.ToLowerInvariant();
        }

        if (size is < 0 || size > options.MaxBytes)
            throw new InvalidDataException($"'{id}' says that {path} has {size} bytes; at most {options.MaxBytes} are accepted.");
        var escaped = string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
        return new(path, new(options.Endpoint, $"{BasePath}{id}/resolve/{commit}/{escaped}"), size, sha256, blob);
    }

    /// <summary>Configurations, vocabulary, and of each network the one set of weights that would be loaded.</summary>
    private static List<RemoteFile> Pick(Dictionary<string, RemoteFile> all, string id)
    {
        var picked = Singles.Where(all.ContainsKey).Select(name => all[name]).ToList();
        foreach (var (part, stem, pickleStem) in BaseModelFiles.Parts)
        {
            var weights = BaseModelFiles.Candidates(stem, pickleStem).Select(name => $"{part}/{name}").FirstOrDefault(all.ContainsKey)
                ?? throw new InvalidDataException(
                    $"'{id}' has no weights of {part} in diffusers' layout; a single checkpoint file can be pulled by its address.");
            picked.Add(all[weights]);
            if (weights.EndsWith(".json", StringComparison.Ordinal))
                picked.AddRange(Shards(all, weights));
        }

        if (Array.Find(Needed, name => !all.ContainsKey(name)) is { } missing)
            throw new InvalidDataException($"'{id}' has no {missing}; wanted a model in diffusers' layout.");

        return picked.Find(f => !f.IsChecked) is { } unknown
            ? throw new InvalidDataException(
                $"'{id}': the hub tells no hash of {unknown.Path}, so nothing could tell whether it came right.")
            : picked;
    }

    /// <summary>
    /// Files of the index's stem that are numbered, such as <c>model-00001-of-00002.safetensors</c>; which of
    /// them count, the index says once it is here.
    /// </summary>
    private static IEnumerable<RemoteFile> Shards(Dictionary<string, RemoteFile> all, string index)
    {
        var stem = index[..index.IndexOf('.', StringComparison.Ordinal)];
        var kind = index.Contains(".safetensors.", StringComparison.Ordinal) ? ".safetensors" : ".bin";
        var isHalf = index.Contains(".fp16.", StringComparison.Ordinal);
        return all.Values.Where(f => f.Path.StartsWith(stem, StringComparison.Ordinal) && f.Path.EndsWith(kind, StringComparison.Ordinal)
            && f.Path.Contains("-of-", StringComparison.Ordinal) && f.Path.Contains("fp16", StringComparison.Ordinal) == isHalf);
    }

    private static async Task<byte[]> ReadBounded(HttpResponseMessage response, Uri address, CancellationToken cancellationToken)
    {
        await using var input = await response.Content.ReadAsStreamAsync(cancellationToken);
        using var answer = new MemoryStream();
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await input.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (answer.Length + read > MaxAnswerBytes)
                throw new InvalidDataException($"'{address}' answers with more than {MaxAnswerBytes} bytes.");
            answer.Write(buffer, 0, read);
        }

        return answer.ToArray();
    }
}
