using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace ViCo.Engine.Checkpoints.Pickle;

/// <summary>
/// Reads one pickle of protocol 2 to 5 as data. Names outside <see cref="PickleGlobals"/> and opcodes
/// PyTorch does not write are refused by name.
/// </summary>
/// <remarks>
/// The machine of Python's pickletools, without the parts that import or call. Memory is bounded by <see cref="MaxPushes"/>: every value,
/// memo entry and reference counts. Nothing recurses, so nesting cannot overflow the call stack.
/// </remarks>
internal ref struct PickleReader(ReadOnlySpan<byte> pickle, string file)
{
    /// <summary>Stable Diffusion's checkpoints with two copies of the weights need some 90,000.</summary>
    public const int MaxPushes = 2_000_000;

    /// <summary>A checkpoint's data.pkl has some 200 KB.</summary>
    public const int MaxBytes = 32 << 20;

    private const int MaxMarks = 1000;
    private const int MaxGlobalName = 256;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly ReadOnlySpan<byte> _pickle = pickle;
    private readonly string _file = file;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private readonly List<PickleStorage> _storages = [];
    private int _at;
    private int _opcodeAt;
    private int _pushes;

    /// <summary>Every storage that the pickle mentioned.</summary>
    public readonly IReadOnlyList<PickleStorage> Storages => _storages;

    /// <summary>The pickled value; <paramref name="length"/> is where its STOP ends.</summary>
    /// <exception cref="InvalidDataException">The pickle is cut short, malformed, too large, or asks for what is not listed.</exception>
    public object? Read(out int length)
    {
        if (_pickle.IsEmpty || _pickle[0] != (byte)PickleOpcode.Proto)
            throw Defect("it does not start with PROTO, as protocols 2 to 5 do");
        while (Step()) { }

        length = _at;
        var result = Pop();
        if (_stack.Count > 0 || _marks.Count > 0)
            throw Defect($"STOP leaves {_stack.Count} values on the stack; wanted none");
        return result;
    }

    private bool Step()
    {
        _opcodeAt = _at;
        var opcode = (PickleOpcode)Byte();
        switch (opcode)
        {
            case PickleOpcode.Proto:
                if (Byte() is var protocol and (< 2 or > 5))
                    throw Defect($"its protocol is {protocol}; wanted 2 to 5");
                break;
            case PickleOpcode.Frame:
                if (UInt64() > (ulong)(_pickle.Length - _at))
                    throw Defect("FRAME reaches beyond the end");
                break;
            case PickleOpcode.Stop: return false;
            case PickleOpcode.Mark:
                if (_marks.Count == MaxMarks)
                    throw Defect($"more than {MaxMarks} marks are open");
                Count();
                _marks.Add(_stack.Count);
                break;

            case PickleOpcode.None: Push(null); break;
            case PickleOpcode.NewTrue: Push(true); break;
            case PickleOpcode.NewFalse: Push(false); break;
            case PickleOpcode.BinInt: Push((long)BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case PickleOpcode.BinInt1: Push((long)Byte()); break;
            case PickleOpcode.BinInt2: Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Take(2))); break;
            case PickleOpcode.Long1: PushLong(Byte()); break;
            case PickleOpcode.Long4: PushLong(BinaryPrimitives.ReadInt32LittleEndian(Take(4))); break;
            case PickleOpcode.BinFloat: Push(BinaryPrimitives.ReadDoubleBigEndian(Take(8))); break;
            case PickleOpcode.BinUnicode: Push(Text(UInt32())); break;
            case PickleOpcode.ShortBinUnicode: Push(Text(Byte())); break;
            case PickleOpcode.BinUnicode8: Push(Text(UInt64())); break;
            case PickleOpcode.BinString: Push(Text(UInt32())); break;              // Python 2's str: keys of checkpoints saved there
            case PickleOpcode.ShortBinString: Push(Text(Byte())); break;
            case PickleOpcode.BinBytes: Push(Take(UInt32()).ToArray()); break;
            case PickleOpcode.ShortBinBytes: Push(Take(Byte()).ToArray()); break;
            case PickleOpcode.BinBytes8: Push(Take(UInt64()).ToArray()); break;

            case PickleOpcode.EmptyTuple: Push(new PickleTuple([])); break;
            case PickleOpcode.Tuple1: Push(new PickleTuple(Pop(1))); break;
            case PickleOpcode.Tuple2: Push(new PickleTuple(Pop(2))); break;
            case PickleOpcode.Tuple3: Push(new PickleTuple(Pop(3))); break;
            case PickleOpcode.Tuple: Push(new PickleTuple(PopToMark())); break;
            case PickleOpcode.EmptyList or PickleOpcode.EmptySet: Push(new PickleList()); break;
            case PickleOpcode.FrozenSet: Push(new PickleList { Items = [.. PopToMark()] }); break;
            case PickleOpcode.Append: Extend(opcode, Pop(1)); break;
            case PickleOpcode.Appends or PickleOpcode.AddItems: Extend(opcode, PopToMark()); break;
            case PickleOpcode.EmptyDict: Push(new PickleDict()); break;
            case PickleOpcode.SetItem: SetItems(opcode, Pop(2)); break;
            case PickleOpcode.SetItems: SetItems(opcode, PopToMark()); break;

            case PickleOpcode.BinPut: Remember(Byte()); break;
            case PickleOpcode.LongBinPut: Remember(UInt32()); break;
            case PickleOpcode.Memoize: Remember((uint)_memo.Count); break;
            case PickleOpcode.BinGet: Push(Recall(Byte())); break;
            case PickleOpcode.LongBinGet: Push(Recall(UInt32())); break;

            case PickleOpcode.Global: Push(Find($"{Line()}.{Line()}")); break;
            case PickleOpcode.StackGlobal: StackGlobal(); break;
            case PickleOpcode.BinPersId: Push(Persistent()); break;
            case PickleOpcode.Reduce: Make("REDUCE"); break;
            case PickleOpcode.NewObj: Make("NEWOBJ"); break;
            case PickleOpcode.Build: Build(); break;

            default: throw Defect($"opcode {Name(opcode)} is not one that PyTorch writes; it is refused");
        }

        return true;
    }

    private object Persistent()
    {
        var made = Rebuild.Persistent(Pop(), Where());
        if (made is PickleStorage storage)
            _storages.Add(storage);
        return made;
    }

    private void Make(string opcode)
    {
        var arguments = Pop() as PickleTuple ?? throw Defect($"{opcode} has no tuple of arguments");
        var callable = Pop() as PickleGlobal ?? throw Defect($"{opcode} is asked to call something that is not a listed name");
        Push(Rebuild.Object(callable, arguments, opcode == "NEWOBJ", Where()));
    }

    /// <summary>
    /// An object's state stays data. An OrderedDict's attributes (<c>_metadata</c> of a state dict) say nothing about tensors.
    /// </summary>
    private void Build()
    {
        var state = Pop();
        switch (Peek("BUILD"))
        {
            case PickleObject target: target.State = state; break;
            case PickleDict or PickleTensor: break;
            default: throw Defect("BUILD gives state to something that has none");
        }
    }

    private void StackGlobal()
    {
        var names = Pop(2);
        if (names is not [string module, string name])
            throw Defect("STACK_GLOBAL finds no two strings");
        Push(Find($"{module}.{name}"));
    }

    private readonly PickleGlobal Find(string name) => name.Length <= MaxGlobalName && PickleGlobals.TryFind(name, out var global)
        ? global
        : throw Defect(
            $"it names '{Printable(name)}', which is not among the names read from checkpoints; it is refused, nothing was imported "
            + $"or called");

    private void Extend(PickleOpcode opcode, object?[] items)
    {
        if (Peek(Name(opcode)) is not PickleList list)
            throw Defect($"{Name(opcode)} finds no list");
        list.Items.AddRange(items);
    }

    private void SetItems(PickleOpcode opcode, object?[] items)
    {
        if (Peek(Name(opcode)) is not PickleDict dict)
            throw Defect($"{Name(opcode)} finds no dict");
        if (items.Length % 2 != 0)
            throw Defect($"{Name(opcode)} has a key without a value");
        for (var i = 0; i < items.Length; i += 2)
            dict.Set(items[i], items[i + 1]);
    }

    private void PushLong(int bytes)
    {
        if (bytes is < 0 or > 255)
            throw Defect($"an integer of {bytes} bytes; at most 255 are read");
        var value = new BigInteger(Take((ulong)bytes));
        Push(value >= long.MinValue && value <= long.MaxValue ? (object)(long)value : value);
    }

    private string Text(ulong bytes)
    {
        try
        {
            return StrictUtf8.GetString(Take(bytes));
        }
        catch (DecoderFallbackException)
        {
            throw Defect("a string is not UTF-8");
        }
    }

    private string Line()
    {
        var rest = _pickle[_at..];
        var end = rest[..Math.Min(rest.Length, MaxGlobalName + 1)].IndexOf((byte)'\n');
        if (end < 0)
            throw Defect($"GLOBAL holds a name without an end in {MaxGlobalName} bytes");
        var text = Text((ulong)end);
        _at++;
        return text;
    }

    private void Remember(uint index)
    {
        Count();
        _memo[index] = Peek("a memo opcode");
    }

    private readonly object? Recall(uint index) =>
        _memo.TryGetValue(index, out var value) ? value : throw Defect($"memo entry {index} is asked for before it is made");

    private void Push(object? value)
    {
        Count();
        _stack.Add(value);
    }

    private void Count()
    {
        if (++_pushes > MaxPushes)
            throw Defect($"it holds more than {MaxPushes} values");
    }

    /// <summary>Values below the last mark are out of reach, as in Python.</summary>
    private readonly int Floor() => _marks.Count > 0 ? _marks[^1] : 0;

    private object? Pop() => Pop(1)[0];

    private object?[] Pop(int count)
    {
        if (_stack.Count - Floor() < count)
            throw Defect($"{count} values are wanted from a stack of {_stack.Count - Floor()}");
        var items = new object?[count];
        _stack.CopyTo(_stack.Count - count, items, 0, count);
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private object?[] PopToMark()
    {
        if (_marks.Count == 0)
            throw Defect("a mark is wanted and there is none");
        var items = Pop(_stack.Count - Floor());
        _marks.RemoveAt(_marks.Count - 1);
        return items;
    }

    private readonly object? Peek(string opcode) =>
        _stack.Count > Floor() ? _stack[^1] : throw Defect($"{opcode} finds an empty stack");

    private byte Byte() => Take(1)[0];

    private uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    private ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(_pickle.Length - _at))
            throw Defect($"it is cut short: {count} bytes are wanted, {_pickle.Length - _at} are left");
        var bytes = _pickle.Slice(_at, (int)count);
        _at += (int)count;
        return bytes;
    }

    private readonly InvalidDataException Defect(string what) => new PickleDefect(_file, _opcodeAt).Exception(what);

    private readonly PickleDefect Where() => new(_file, _opcodeAt);

    private static string Name(PickleOpcode opcode) =>
        Enum.IsDefined(opcode) ? opcode.ToString().ToUpperInvariant() : $"0x{(byte)opcode:x2}";

    private static string Printable(string name) =>
        new([.. name.Take(MaxGlobalName).Select(c => char.IsControl(c) ? '?' : c)]);
}
