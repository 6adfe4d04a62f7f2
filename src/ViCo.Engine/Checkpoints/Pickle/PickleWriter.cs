using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>
/// Writes a value as a pickle of protocol 2, in the opcodes that PyTorch itself writes. Tensors become references to numbered storages.
/// </summary>
/// <remarks>Values are written where they stand, without a memo, so a value that holds itself cannot be written.</remarks>
internal sealed class PickleWriter
{
    private static readonly PickleDict NoHooks = new() { IsOrdered = true };

    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly List<Tensor> _storages = [];

    /// <summary>
    /// The pickle of <paramref name="root"/>, and the tensors whose numbers belong into storages 0, 1, 2, …; those stay the caller's.
    /// </summary>
    /// <param name="root">null, bool, long, double, string, Tensor, PickleParameter, PickleTuple,
    /// PickleList, PickleDict, or a PickleObject.</param>
    public static (byte[] Pickle, IReadOnlyList<Tensor> Storages) Write(object? root)
    {
        var writer = new PickleWriter();
        writer.Op(PickleOpcode.Proto, 2);
        writer.Value(root);
        writer.Op(PickleOpcode.Stop);
        return (writer._output.WrittenSpan.ToArray(), writer._storages);
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case null: Op(PickleOpcode.None); break;
            case bool truth: Op(truth ? PickleOpcode.NewTrue : PickleOpcode.NewFalse); break;
            case int number: Integer(number); break;
            case long number: Integer(number); break;
            case double number: Double(number); break;
            case string text: String(text); break;
            case PickleParameter parameter: Parameter(parameter.Data); break;
            case Tensor tensor: Tensor(tensor); break;
            case PickleTuple tuple: Tuple(tuple.Items); break;
            case PickleList list: List(list); break;
            case PickleDict dict: Dict(dict); break;
            case PickleObject item: Object(item); break;
            default: throw new ArgumentException($"A {value.GetType().Name} cannot be written into a PyTorch file.", nameof(value));
        }
    }

    private void Integer(long value)
    {
        switch (value)
        {
            case >= 0 and <= byte.MaxValue: Op(PickleOpcode.BinInt1, (byte)value); break;
            case >= 0 and <= ushort.MaxValue: Op(PickleOpcode.BinInt2); Little((ushort)value); break;
            case >= int.MinValue and <= int.MaxValue: Op(PickleOpcode.BinInt); Little((int)value); break;
            default:
                Op(PickleOpcode.Long1, 8);
                Span<byte> bytes = stackalloc byte[8];
                BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
                _output.Write(bytes);
                break;
        }
    }

    private void Double(double value)
    {
        Op(PickleOpcode.BinFloat);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleBigEndian(bytes, value);
        _output.Write(bytes);
    }

    private void String(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Op(PickleOpcode.BinUnicode);
        Little(bytes.Length);
        _output.Write(bytes);
    }

    private void Tuple(IReadOnlyList<object?> items)
    {
        if (items.Count == 0)
        {
            Op(PickleOpcode.EmptyTuple);
            return;
        }

        Op(PickleOpcode.Mark);
        foreach (var item in items)
            Value(item);
        Op(PickleOpcode.Tuple);
    }

    private void List(PickleList list)
    {
        Op(PickleOpcode.EmptyList);
        Op(PickleOpcode.Mark);
        foreach (var item in list.Items)
            Value(item);
        Op(PickleOpcode.Appends);
    }

    private void Dict(PickleDict dict)
    {
        if (dict.IsOrdered)
        {
            Global("collections.OrderedDict");
            Op(PickleOpcode.EmptyTuple);
            Op(PickleOpcode.Reduce);
        }
        else
        {
            Op(PickleOpcode.EmptyDict);
        }

        if (dict.Entries.Count == 0)
            return;
        Op(PickleOpcode.Mark);
        foreach (var (key, value) in dict.Entries)
        {
            Value(key);
            Value(value);
        }

        Op(PickleOpcode.SetItems);
    }

    /// <summary>A function applied to arguments, or with a state a new object of a class.</summary>
    private void Object(PickleObject item)
    {
        Global(item.ClassName);
        Tuple(item.Arguments.Items);
        if (item.State is null)
        {
            Op(PickleOpcode.Reduce);
            return;
        }

        Op(PickleOpcode.NewObj);
        Value(item.State);
        Op(PickleOpcode.Build);
    }

    private void Parameter(Tensor data)
    {
        Global("torch._utils._rebuild_parameter");
        Op(PickleOpcode.Mark);
        Tensor(data);
        Value(true);                                            // requires_grad
        Dict(NoHooks);
        Op(PickleOpcode.Tuple);
        Op(PickleOpcode.Reduce);
    }

    private void Tensor(Tensor tensor)
    {
        Global("torch._utils._rebuild_tensor_v2");
        Op(PickleOpcode.Mark);

        Op(PickleOpcode.Mark);
        String("storage");
        Global($"torch.{StorageName(tensor.dtype)}Storage");
        String(_storages.Count.ToString());
        String("cpu");
        Integer(tensor.numel());
        Op(PickleOpcode.Tuple);
        Op(PickleOpcode.BinPersId);
        _storages.Add(tensor);

        Integer(0);
        Tuple([.. tensor.shape.Select(d => (object)d)]);
        Tuple([.. ContiguousStrides(tensor.shape).Select(d => (object)d)]);
        Value(false);
        Dict(NoHooks);
        Op(PickleOpcode.Tuple);
        Op(PickleOpcode.Reduce);
    }

    private static long[] ContiguousStrides(long[] shape)
    {
        var strides = new long[shape.Length];
        var stride = 1L;
        for (var d = shape.Length - 1; d >= 0; d--)
        {
            strides[d] = stride;
            stride *= Math.Max(shape[d], 1);
        }

        return strides;
    }

    private static string StorageName(ScalarType type) => type switch
    {
        ScalarType.Float64 => "Double",
        ScalarType.Float32 => "Float",
        ScalarType.Float16 => "Half",
        ScalarType.BFloat16 => "BFloat16",
        ScalarType.Int64 => "Long",
        ScalarType.Int32 => "Int",
        ScalarType.Int16 => "Short",
        ScalarType.Int8 => "Char",
        ScalarType.Byte => "Byte",
        ScalarType.Bool => "Bool",
        _ => throw new ArgumentException($"A tensor of type {type} cannot be written into a PyTorch file.", nameof(type)),
    };

    private void Global(string name)
    {
        var dot = name.LastIndexOf('.');
        Op(PickleOpcode.Global);
        _output.Write(Encoding.UTF8.GetBytes($"{name[..dot]}\n{name[(dot + 1)..]}\n"));
    }

    private void Op(PickleOpcode opcode) => Byte((byte)opcode);

    private void Op(PickleOpcode opcode, byte argument)
    {
        Op(opcode);
        Byte(argument);
    }

    private void Byte(byte value) => _output.Write([value]);

    private void Little(ushort value)
    {
        Byte((byte)value);
        Byte((byte)(value >> 8));
    }

    private void Little(int value)
    {
        Little((ushort)value);
        Little((ushort)(value >> 16));
    }
}
