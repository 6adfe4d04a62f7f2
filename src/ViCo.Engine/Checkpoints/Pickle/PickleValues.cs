namespace ViCo.Engine.Checkpoints.Pickle;

// What a pickle may hold, besides null, bool, long, BigInteger, double, string and byte[]. All of it is data; none of it is ever called.
// No structural equality and no recursive printing: a hostile file may nest values deeply or make them hold themselves.

internal sealed class PickleTuple(object?[] items)
{
    public IReadOnlyList<object?> Items { get; } = items;
}

/// <summary>A list or a set.</summary>
internal sealed class PickleList
{
    public List<object?> Items { get; init; } = [];
}

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

/// <summary>A name from the list of <see cref="PickleGlobals"/>: a label for what follows, not code.</summary>
internal sealed record PickleGlobal(string Name, PickleGlobalKind Kind, ScalarType? DType = null);

/// <summary>An object of a listed class with its state as plain data, such as a ParameterDict with its <c>_parameters</c>.</summary>
internal sealed class PickleObject(string className, PickleTuple arguments)
{
    public string ClassName { get; } = className;
    public PickleTuple Arguments { get; } = arguments;
    public object? State { get; set; }
}

/// <summary>For writing: a tensor that PyTorch shall read as a trainable parameter.</summary>
internal sealed record PickleParameter(Tensor Data);

/// <summary>A storage's persistent id: where a tensor's numbers lie.</summary>
/// <param name="Key">Names the record (zip) or the block (legacy) of the root storage.</param>
/// <param name="Elements">Of the root storage.</param>
/// <param name="ViewOffset">First element of a legacy storage view; 0 otherwise.</param>
/// <param name="ViewElements">Elements of the view; all of the root's otherwise.</param>
internal sealed record PickleStorage(string Key, ScalarType DType, long Elements, long ViewOffset, long ViewElements);

/// <summary>A tensor as the pickle describes it, checked to lie within its storage; its numbers are still in the file.</summary>
/// <param name="Offset">Element of the storage where it starts.</param>
/// <param name="Strides">In elements, none negative.</param>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides)
{
    public long Elements { get; } = Shape.Aggregate(1L, (a, b) => a * b);

    /// <summary>Elements from its first to its last, both included.</summary>
    public long Extent { get; } = Shape.Contains(0) ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var d = Shape.Length - 1; d >= 0; d--)
            {
                if (Shape[d] != 1 && Strides[d] != expected)
                    return Elements == 0;
                expected *= Shape[d];
            }

            return true;
        }
    }

    public override string ToString() => $"{SafetensorsDType.Name(Storage.DType)} [{string.Join(", ", Shape)}]";
}
