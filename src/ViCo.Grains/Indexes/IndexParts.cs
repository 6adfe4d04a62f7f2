using System.Globalization;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Indexes;

/// <summary>
/// An index as blobs of some hundred entries, each named by the oldest time it may hold, counted down: the store's own order is newest
/// first.
/// </summary>
/// <remarks>
/// An entry belongs to the newest part that may hold it. The newest part takes entries until it is full; then it says where the next one
/// begins, so that all who want a next one make the same. Every write carries the ETag it was decided on, and a decision to write nothing
/// is made on what is read anew: a writer that was overtaken decides again.
/// </remarks>
internal sealed class IndexParts(IBlobStore blobs, string prefix)
{
    private const int Full = 100, Kept = 24, Tries = 20;

    private List<Part>? _parts;
    private readonly HashSet<string> _unreadable = [];
    private long _uses;

    /// <summary>Parts that were read in vain.</summary>
    public IReadOnlyCollection<string> Unreadable => _unreadable;

    /// <summary>True when nothing was ever put here, or all of it is gone.</summary>
    public async Task<bool> IsEmptyAsync() => (await ListedAsync()).Count == 0;

    public Task PutAsync(IndexEntry entry) => PutAllAsync([entry]);

    /// <summary>Puts each in its part, with one write for as many as come to lie together.</summary>
    /// <param name="entries">Oldest first.</param>
    public async Task PutAllAsync(IReadOnlyList<IndexEntry> entries)
    {
        for (var done = 0; done < entries.Count;)
        {
            var from = done;
            done += await ChangeAsync(fresh => TryPutAsync(entries, from, fresh));
        }
    }

    public Task RemoveAsync(IndexKey key) => ChangeAsync(fresh => TryRemoveAsync(key, fresh));

    /// <summary>Everything after a place, newest first, read part by part as the caller goes on.</summary>
    public async IAsyncEnumerable<IndexEntry> After(IndexKey? after)
    {
        IReadOnlyList<Part> parts = [.. await ListedAsync()];
        for (var i = after is { } first ? PartOf(parts, first.Ticks) : 0; i < parts.Count; i++)
        {
            // One that was emptied meanwhile is not there any more.
            foreach (var entry in (await ReadableAsync(parts[i]))?.Entries ?? [])
            {
                if (after is null || IndexKey.Of(entry).CompareTo(after.Value) > 0) yield return entry;
            }
        }
    }

    public async Task DropAsync()
    {
        await foreach (var blob in blobs.ListAsync(prefix)) await blobs.DeleteAsync(blob.Name);
        _parts = null;
    }

    /// <param name="change">Told whether it decides on what is read anew; says how many entries are done, 0 when that must be so.</param>
    private async Task<int> ChangeAsync(Func<bool, Task<int>> change)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (await change(_parts is null) is > 0 and var done) return done;
            }
            catch (BlobConflictException) when (attempt < Tries)
            {
            }
            catch
            {
                _parts = null;                                  // whether it was written is unknown: the next look tells
                throw;
            }
            _parts = null;
        }
    }

    private async Task<int> TryPutAsync(IReadOnlyList<IndexEntry> entries, int from, bool fresh)
    {
        var parts = await ListedAsync();
        var ticks = entries[from].At.UtcTicks;
        var at = PartOf(parts, ticks);
        // The first part may hold anything: all who want it make the same.
        var (part, content) = parts.Count == 0 ? (NewPart(0), new Content([])) : (parts[at], await ThereAsync(parts[at]));
        if (at == 0 && content.Until is not null && !fresh) return 0;       // the next part may be there

        if (at == 0 && content.Entries is [var newest, ..] && ticks > newest.At.UtcTicks
            && (content.Until is not null || content.Entries.Length >= Full))
        {
            var until = content.Until > newest.At.UtcTicks ? content.Until.Value : ticks;
            if (content.Until != until) await WriteAsync(part, content = content with { Until = until });
            if (ticks >= until) (part, content) = (NewPart(until), new([]));
        }

        var some = entries.Skip(from).Take(at == 0 && content.Until is null ? Math.Max(1, Full - content.Entries.Length) : 1).ToList();
        var keys = some.Select(IndexKey.Of).ToHashSet();
        IndexEntry[] next = [.. content.Entries.Where(e => !keys.Contains(IndexKey.Of(e))).Concat(some).OrderBy(IndexKey.Of)];
        if (!next.SequenceEqual(content.Entries)) await WriteAsync(part, content with { Entries = next });
        else if (!fresh) return 0;
        return some.Count;
    }

    private async Task<int> TryRemoveAsync(IndexKey key, bool fresh)
    {
        var parts = await ListedAsync();
        if (parts.Count == 0) return fresh ? 1 : 0;
        var part = parts[PartOf(parts, key.Ticks)];
        var content = await ThereAsync(part);
        IndexEntry[] left = [.. content.Entries.Where(e => IndexKey.Of(e) != key)];
        if (left.Length == content.Entries.Length) return fresh ? 1 : 0;
        if (left.Length > 0)
        {
            await WriteAsync(part, content with { Entries = left });
            return 1;
        }
        await blobs.DeleteAsync(part.Name, BlobCondition.Matches(part.ETag!));
        parts.Remove(part);
        return 1;
    }

    /// <summary>The part that holds a time: the newest one that begins no later, or the oldest.</summary>
    private static int PartOf(IReadOnlyList<Part> parts, long ticks)
    {
        var (low, high) = (0, parts.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (parts[middle].From <= ticks) high = middle;
            else low = middle + 1;
        }
        return low;
    }

    private Part NewPart(long from) => new($"{prefix}{long.MaxValue - from:D19}.json", from);

    private async Task WriteAsync(Part part, Content content)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(content, GrainJson.Options);
        part.ETag = await blobs.WriteAsync(part.Name, json, part.ETag is { } tag ? BlobCondition.Matches(tag) : BlobCondition.Absent);
        part.Content = content;
        part.Writes++;
        part.Used = ++_uses;
        if (_parts is { } parts && !parts.Contains(part)) parts.Insert(0, part);
    }

    private async Task<Content> ThereAsync(Part part)
    {
        try
        {
            return await LoadedAsync(part) ?? throw new BlobConflictException(part.Name, "its last entry was removed");
        }
        catch (DamagedBlobException)
        {
            // Nobody waits for a repair, which puts right from the records what is missing here then.
            if (await blobs.ReadAsync(part.Name) is not { } blob) throw new BlobConflictException(part.Name, "it went");
            await blobs.WriteAsync(BlobNames.SetAside + part.Name, blob.Content);
            (part.Content, part.ETag) = (new([]), blob.ETag);
            return part.Content;
        }
    }

    /// <summary>What a part holds; null: it is gone, or does not read, which is noted.</summary>
    private async Task<Content?> ReadableAsync(Part part)
    {
        try
        {
            var content = await LoadedAsync(part);
            _unreadable.Remove(part.Name);
            return content;
        }
        catch (DamagedBlobException)
        {
            _unreadable.Add(part.Name);
            return null;
        }
    }

    /// <summary>What a part holds, or null when it is gone.</summary>
    private async Task<Content?> LoadedAsync(Part part)
    {
        part.Used = ++_uses;
        while (true)
        {
            if (part.Content is { } known) return known;
            var writes = part.Writes;
            if (await blobs.ReadAsync(part.Name) is not { } blob) return null;
            // a reader must not put back what was before a write
            if (part.Writes != writes) continue;
            Content content;
            try
            {
                content = Parse(blob.Content.Span);
            }
            catch (JsonException e)
            {
                throw new DamagedBlobException(part.Name, e.Message);
            }
            (part.Content, part.ETag) = (content, blob.ETag);
            Forget();
            return content;
        }
    }

    /// <summary>The entries of a part.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static IReadOnlyList<IndexEntry> Read(ReadOnlySpan<byte> part) => Parse(part).Entries;

    private static Content Parse(ReadOnlySpan<byte> part) =>
        JsonSerializer.Deserialize<Content>(part, GrainJson.Options) is { Entries: not null } content ? content
            : throw new JsonException("it holds no entries");

    private void Forget()
    {
        if (_parts is null) return;
        foreach (var old in _parts.Where(p => p.Content is not null).OrderByDescending(p => p.Used).Skip(Kept)) old.Content = null;
    }

    private async Task<List<Part>> ListedAsync()
    {
        if (_parts is not null) return _parts;
        List<Part> parts = [];
        await foreach (var blob in blobs.ListAsync(prefix))
        {
            var name = blob.Name[prefix.Length..];
            if (name.Length == 24 && long.TryParse(name.AsSpan(0, 19), NumberStyles.None, CultureInfo.InvariantCulture, out var down))
                parts.Add(new(blob.Name, long.MaxValue - down));
        }
        return _parts ??= parts;
    }

    /// <summary>One blob of it; <see cref="From"/> is the oldest time, in ticks, that belongs there.</summary>
    private sealed class Part(string name, long from)
    {
        public string Name => name;

        public long From => from;

        public string? ETag { get; set; }

        public Content? Content { get; set; }

        public long Used { get; set; }

        /// <summary>Writes by this activation.</summary>
        public int Writes { get; set; }
    }

    /// <param name="Entries">Newest first.</param>
    /// <param name="Until">Where the next part begins, in ticks; null: there is none.</param>
    private sealed record Content(IndexEntry[] Entries, long? Until = null);
}
