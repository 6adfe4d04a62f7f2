using ViCo.Grains.Storage;

namespace ViCo.Grains.Tenants;

/// <summary>Ids by age: one empty blob each, named by its time counted down, so that the store's own order is newest first.</summary>
internal sealed class TenantIndex(IBlobStore blobs, string prefix)
{
    private Dictionary<string, string>? _nameOf;
    private SortedSet<string>? _names;

    public async Task AddAsync(string id, DateTimeOffset created)
    {
        var (nameOf, names) = await LoadedAsync();
        if (nameOf.ContainsKey(id)) return;
        var name = $"{long.MaxValue - created.UtcTicks:D19}_{id}";
        await blobs.WriteAsync(prefix + name, ReadOnlyMemory<byte>.Empty);
        nameOf[id] = name;
        names.Add(name);
    }

    public async Task RemoveAsync(string id)
    {
        var (nameOf, names) = await LoadedAsync();
        if (!nameOf.TryGetValue(id, out var name)) return;
        await blobs.DeleteAsync(prefix + name);
        nameOf.Remove(id);
        names.Remove(name);
    }

    public async Task<IReadOnlyList<string>> NewestAsync(int limit)
    {
        var (_, names) = await LoadedAsync();
        return [.. names.Take(limit).Select(IdOf)];
    }

    private async Task<(Dictionary<string, string>, SortedSet<string>)> LoadedAsync()
    {
        if (_nameOf is null || _names is null)
        {
            Dictionary<string, string> nameOf = [];
            SortedSet<string> names = new(StringComparer.Ordinal);
            await foreach (var blob in blobs.ListAsync(prefix))
            {
                var name = blob.Name[prefix.Length..];
                // Registered twice by two activations: the newer entry stands.
                if (nameOf.TryAdd(IdOf(name), name)) names.Add(name);
            }
            (_nameOf, _names) = (nameOf, names);
        }
        return (_nameOf, _names);
    }

    private static string IdOf(string name) => name[(name.IndexOf('_', StringComparison.Ordinal) + 1)..];
}
