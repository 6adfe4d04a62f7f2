using System.Globalization;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Indexes;

/// <summary>An index as blobs of some hundred entries, each named by the oldest time it may hold, counted down: the store's own order is newest first.</summary>
/// <remarks>
/// An entry belongs to the newest part that may hold it. The newest part takes entries until it is full, is then marked as closed, and the
/// next one begins with the next newer entry. Every write carries the ETag it was decided on: whoever was overtaken reads anew.
/// </remarks>
internal sealed class IndexParts(IBlobStore blobs, string prefix)
{
    private const int Full = 100, Kept = 24, Tries = 20;

    private List<Part>? _parts;
    private long _uses;

    /// <summary>True when nothing was ever put here, or all of it is gone.</summary>
    public async Task<bool> IsEmptyAsync() => (await ListedAsync()).Count == 0;

    public Task PutAsync(IndexEntry entry) => ChangeAsync(IndexKey.Of(entry), entry);

    public Task RemoveAsync(IndexKey key) => ChangeAsync(key, null);

    /// <summary>Everything after a place, newest first, read part by part as the caller goes on.</summary>
    public async IAsyncEnumerable<IndexEntry> After(IndexKey? after)
    {
        IReadOnlyList<Part> parts = [.. await ListedAsync()];
        for (var i = after is { } first ? PartOf(parts, first.Ticks) : 0; i < parts.Count; i++)
        {
            foreach (var entry in (await LoadedAsync(parts[i])).Entries)
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

    /// <summary>Puts the entry in its part, or takes the one of this key out when it is null.</summary>
    private async Task ChangeAsync(IndexKey key, IndexEntry? entry)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await TryChangeAsync(key, entry);
                return;
            }
            catch (BlobConflictException) when (attempt < Tries)
            {
                _parts = null;
            }
            catch
            {
                _parts = null;                                  // whether it was written is unknown: the next look tells
                throw;
            }
        }
    }

    private async Task TryChangeAsync(IndexKey key, IndexEntry? entry)
    {
        var parts = await ListedAsync();
        if (parts.Count == 0)
        {
            if (entry is not null) await WriteAsync(NewPart(key.Ticks), new(false, [entry]));
            return;
        }

        var at = PartOf(parts, key.Ticks);
        var part = parts[at];
        var content = await LoadedAsync(part);
        if (at == 0 && content.Closed && !part.KnownAsNewest)
        {
            // Somebody closed it, and may have begun the next.
            _parts = null;
            parts = await ListedAsync();
            parts[0].KnownAsNewest = true;
            at = PartOf(parts, key.Ticks);
            part = parts[at];
            content = await LoadedAsync(part);
        }
        var known = content.Entries.FirstOrDefault(e => IndexKey.Of(e) == key);
        if (entry is null ? known is null : entry.Equals(known)) return;

        // Newer than all of a full newest part: the next part begins. Nobody may add to this one who does not know that.
        if (at == 0 && known is null && entry is not null && (content.Closed || content.Entries.Length >= Full)
            && (content.Entries.Length == 0 || key.Ticks > content.Entries[0].At.UtcTicks))
        {
            if (!content.Closed) await WriteAsync(part, content with { Closed = true });
            await WriteAsync(NewPart(key.Ticks), new(false, [entry]));
            return;
        }

        IndexEntry[] entries = [.. content.Entries.Where(e => IndexKey.Of(e) != key).Concat(entry is null ? [] : [entry]).OrderBy(IndexKey.Of)];
        if (entries.Length > 0)
        {
            await WriteAsync(part, content with { Entries = entries });
            return;
        }
        await blobs.DeleteAsync(part.Name, BlobCondition.Matches(part.ETag!));
        parts.Remove(part);
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

    private Part NewPart(long from) => new($"{prefix}{long.MaxValue - from:D19}.json", from) { KnownAsNewest = true };

    private async Task WriteAsync(Part part, Content content)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(content, GrainJson.Options);
        part.ETag = await blobs.WriteAsync(part.Name, json, part.ETag is { } tag ? BlobCondition.Matches(tag) : BlobCondition.Absent);
        part.Content = content;
        part.Writes++;
        part.Used = ++_uses;
        if (_parts is { } parts && !parts.Contains(part)) parts.Insert(0, part);
    }

    private async Task<Content> LoadedAsync(Part part)
    {
        part.Used = ++_uses;
        while (true)
        {
            if (part.Content is { } known) return known;
            var writes = part.Writes;
            if (await blobs.ReadAsync(part.Name) is not { } blob) return new(true, []);     // emptied meanwhile
            if (part.Writes != writes) continue;                                            // a reader must not put back what was before a write
            var content = JsonSerializer.Deserialize<Content>(blob.Content.Span, GrainJson.Options)
                ?? throw new InvalidDataException($"Index part '{part.Name}' holds JSON null; wanted an object.");
            (part.Content, part.ETag) = (content, blob.ETag);
            Forget();
            return content;
        }
    }

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

        /// <summary>No newer part was listed when this one was found closed.</summary>
        public bool KnownAsNewest { get; set; }
    }

    /// <param name="Closed">Full: what is newer than its newest entry has a part of its own.</param>
    private sealed record Content(bool Closed, IndexEntry[] Entries);
}
