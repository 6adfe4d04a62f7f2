using System.Collections.Concurrent;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Models;

/// <summary>
/// The base models of the installation as blobs <c>models/{digest}/…</c>: workers write them at their start, grains and gateways
/// read them.
/// </summary>
public sealed class ModelShelf(IBlobStore blobs, TimeProvider clock)
{
    private const string Prefix = "models/", Card = "/model.json";

    // A worker that starts is known everywhere after that long.
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Task<byte[]?>> _files = new();
    private Known? _known;

    /// <summary>Notes a model and, once for each digest, its tokenizer's files by their names.</summary>
    public async Task AddAsync(ModelInfo model, IReadOnlyDictionary<string, byte[]> tokenizer,
        CancellationToken cancellationToken = default)
    {
        foreach (var (name, content) in tokenizer)
        {
            try
            {
                await blobs.WriteAsync(FileOf(model.Digest, name), content, BlobCondition.Absent, cancellationToken);
            }
            catch (BlobConflictException)
            {
                // Another worker's start, or an earlier one: a digest's files never change.
            }
        }
        var card = JsonSerializer.SerializeToUtf8Bytes(model with { HasTokenizer = tokenizer.Count > 0 }, GrainJson.Options);
        await blobs.WriteAsync($"{Prefix}{model.Digest}{Card}", card, cancellationToken: cancellationToken);
        _known = null;
    }

    /// <summary>Every model that was told of, the one last seen first.</summary>
    public async Task<IReadOnlyList<ModelInfo>> ListAsync()
    {
        if (_known is { } known && clock.GetUtcNow() - known.At < Fresh) return known.Models;
        List<ModelInfo> models = [];
        await foreach (var blob in blobs.ListAsync(Prefix))
        {
            if (!blob.Name.EndsWith(Card, StringComparison.Ordinal) || await blobs.ReadAsync(blob.Name) is not { } card) continue;
            if (JsonSerializer.Deserialize<ModelInfo>(card.Content.Span, GrainJson.Options) is { } model) models.Add(model);
        }
        IReadOnlyList<ModelInfo> newest = [.. models.OrderByDescending(m => m.Seen)];
        if (newest.Count > 0) _known = new(clock.GetUtcNow(), newest);
        return newest;
    }

    /// <summary>The model of this digest or, last seen first, of this name; null when there is none.</summary>
    public async Task<ModelInfo?> FindAsync(string digestOrName) =>
        (await ListAsync()).FirstOrDefault(m => m.Digest == digestOrName || m.Name == digestOrName);

    /// <summary>A file of a model's tokenizer, or null. Read once: it never changes.</summary>
    public async Task<byte[]?> TokenizerFileAsync(string digest, string name)
    {
        var file = await _files.GetOrAdd(FileOf(digest, name), ReadAsync);
        if (file is null) _files.TryRemove(FileOf(digest, name), out _);
        return file;

        async Task<byte[]?> ReadAsync(string blob) => (await blobs.ReadAsync(blob))?.Content.ToArray();
    }

    private static string FileOf(string digest, string name) => $"{Prefix}{digest}/tokenizer/{name}";

    // One reference: requests read it while another one puts the next in its place.
    private sealed record Known(DateTimeOffset At, IReadOnlyList<ModelInfo> Models);
}
