namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>A dict or an OrderedDict, in the file's order.</summary>
internal sealed class PickleDict
{
    // Strings only: they hash by a secret seed. Other keys, whose hashes a file could choose, are kept but not looked up.
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);

    public List<KeyValuePair<object?, object?>> Entries { get; } = [];

    /// <summary>Python's class is OrderedDict.</summary>
    public bool IsOrdered { get; init; }

    /// <summary>As Python: a key set again keeps its place and takes the new value.</summary>
    public void Set(object? key, object? value)
    {
        if (key is not string name)
            Entries.Add(new(key, value));
        else if (_index.TryAdd(name, Entries.Count))
            Entries.Add(new(name, value));
        else
            Entries[_index[name]] = new(name, value);
    }

    /// <summary>False when there is no such key; a value of null is Python's None.</summary>
    public bool TryGet(string key, out object? value)
    {
        var found = _index.TryGetValue(key, out var at);
        value = found ? Entries[at].Value : null;
        return found;
    }
}
