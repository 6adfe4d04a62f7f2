namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>What the listed names make of their arguments. Everything a tensor says about itself is checked here.</summary>
internal static class Rebuild
{
    private const int MaxDimensions = 64;

    /// <summary>
    /// Expanded tensors (stride 0) may be larger than their storage, up to this many elements: a small file must not ask for large memory.
    /// </summary>
    private const long MaxExpanded = 1 << 20;

    public static object Object(PickleGlobal callable, PickleTuple arguments, bool isNew, PickleDefect where)
    {
        var a = arguments.Items;
        return callable.Kind switch
        {
            PickleGlobalKind.Module when isNew && a.Count == 0 => new PickleObject(callable.Name, arguments),
            PickleGlobalKind.Inert => new PickleObject(callable.Name, arguments),
            PickleGlobalKind.OrderedDict => Dict(a, where),
            PickleGlobalKind.Set when a is [PickleList list] => new PickleList { Items = [.. list.Items] },
            PickleGlobalKind.Set when a.Count == 0 => new PickleList(),
            PickleGlobalKind.Size when a is [PickleTuple sizes] => sizes,
            PickleGlobalKind.RebuildTensor when !isNew && a.Count >= 4 => Tensor(a, where),
            // (data, requires_grad, hooks[, state]): a parameter is its data.
            PickleGlobalKind.RebuildParameter when !isNew && a is [PickleTensor data, ..] && a.Count >= 3 => data,
            _ => throw where.Exception($"'{callable.Name}' is given {a.Count} arguments of kinds it does not take"),
        };
    }

    /// <summary>A persistent id: a storage, or (legacy files) a module class with its source text, which is not read.</summary>
    public static object Persistent(object? id, PickleDefect where)
    {
        if (id is not PickleTuple { Items: var parts })
            throw where.Exception("a persistent id is not a tuple");
        if (parts is ["module", PickleGlobal { Kind: PickleGlobalKind.Module } module, ..])
            return module;
        if (parts is not ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type, string key, string, long elements, ..]
            || parts.Count > 6)
            throw where.Exception("a persistent id is not ('storage', type, key, place, elements)");
        if (elements < 0 || elements > long.MaxValue / 16)
            throw where.Exception($"storage '{key}' has {elements} elements");
        if (parts.Count < 6 || parts[5] is null)
            return new PickleStorage(key, type.DType!.Value, elements, 0, elements);
        if (parts[5] is not PickleTuple { Items: [_, long offset, long size] } || offset < 0 || size < 0 || offset > elements - size)
            throw where.Exception($"a view of storage '{key}' does not lie within its {elements} elements");
        return new PickleStorage(key, type.DType!.Value, elements, offset, size);
    }

    private static PickleDict Dict(IReadOnlyList<object?> arguments, PickleDefect where)
    {
        var dict = new PickleDict { IsOrdered = true };
        if (arguments.Count == 0)
            return dict;
        if (arguments is not [PickleList pairs])                // as Python 2 wrote it
            throw where.Exception("an OrderedDict is made of something other than a list of pairs");
        foreach (var pair in pairs.Items)
        {
            switch (pair)
            {
                case PickleTuple { Items: [var key, var value] }: dict.Set(key, value); break;
                case PickleList { Items: [var key, var value] }: dict.Set(key, value); break;
                default: throw where.Exception("an OrderedDict is made of something other than pairs");
            }
        }

        return dict;
    }

    /// <summary>(storage, offset, size, stride, …): v2 adds requires_grad and hooks, which say nothing about the numbers.</summary>
    private static PickleTensor Tensor(IReadOnlyList<object?> arguments, PickleDefect where)
    {
        if (arguments is not [PickleStorage storage, long offset, PickleTuple size, PickleTuple stride, ..] || arguments.Count > 7)
            throw where.Exception("a tensor is not made of (storage, offset, size, stride)");
        var shape = Longs(size, "size", where);
        var strides = Longs(stride, "stride", where);
        if (shape.Length != strides.Length || shape.Length > MaxDimensions)
            throw where.Exception(
                $"a tensor has {shape.Length} sizes and {strides.Length} strides; wanted as many, at most {MaxDimensions}");
        if (offset < 0)
            throw where.Exception($"a tensor starts at element {offset}");

        Int128 elements = 1, last = offset;
        for (var d = 0; d < shape.Length; d++)
        {
            elements *= shape[d];
            last += (Int128)Math.Max(shape[d] - 1, 0) * strides[d];
            if (elements > long.MaxValue || last > long.MaxValue)
                throw where.Exception(
                    $"a tensor of size [{string.Join(", ", shape)}] and stride [{string.Join(", ", strides)}] is beyond all bounds");
        }

        if (shape.Contains(0) ? offset > storage.ViewElements : last >= storage.ViewElements)
        {
            throw where.Exception(
                $"a tensor of size [{string.Join(", ", shape)}], stride [{string.Join(", ", strides)}] and offset {offset} "
                + $"leaves its storage '{storage.Key}' of {storage.ViewElements} elements");
        }

        if (elements > Math.Max(storage.ViewElements, MaxExpanded))
        {
            throw where.Exception(
                $"a tensor of size [{string.Join(", ", shape)}] repeats the {storage.ViewElements} elements of its storage "
                + $"'{storage.Key}' to {elements}; at most {MaxExpanded} are read");
        }

        return new(storage, offset, shape, strides);
    }

    private static long[] Longs(PickleTuple tuple, string what, PickleDefect where)
    {
        var values = new long[tuple.Items.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = tuple.Items[i] is long value and >= 0
                ? value
                : throw where.Exception($"a tensor's {what}[{i}] is not an integer from 0 to 2^63 - 1");
        }

        return values;
    }
}
