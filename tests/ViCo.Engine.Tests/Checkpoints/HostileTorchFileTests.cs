using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Tests.Goldens;

namespace ViCo.Engine.Tests.Checkpoints;

/// <summary>Files that lie, or ask for more than data, get an <see cref="InvalidDataException"/> that says what is wrong.</summary>
public sealed class HostileTorchFileTests
{
    private const string Proto = "\u0080\u0002";
    private const string Tensor = "ctorch._utils\n_rebuild_tensor_v2\n";
    private const string Rest = "\u0089ccollections\nOrderedDict\n)RtR.";

    /// <summary>A persistent id of four floats under key "0". Pickles are Latin-1 here: one character, one byte.</summary>
    private const string FourFloats = "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\00X\u0003\0\0\0cpuK\u0004tQ";

    public static TheoryData<string, string> Pickles() => new()
    {
        // Names that would run something.
        { $"{Proto}cos\nsystem\nX\u0002\0\0\0ls\u0085R.", "names 'os.system'" },
        { $"{Proto}cbuiltins\neval\nX\u0001\0\0\01\u0085R.", "names 'builtins.eval'" },
        { $"{Proto}c__builtin__\ngetattr\n.", "names '__builtin__.getattr'" },
        { $"{Proto}ctorch.storage\n_load_from_bytes\nC\u0001a\u0085R.", "names 'torch.storage._load_from_bytes'" },
        { $"{Proto}ctorch.hub\nload\n.", "names 'torch.hub.load'" },
        { "\u0080\u0004\u008c\u0002os\u008c\u0006system\u0093.", "names 'os.system'" },
        { "\u0080\u0004\u008c\u000ftorch.os.system\u008c\u0000\u0093.", "names 'torch.os.system.'" },
        { $"{Proto}ctorch._utils\n_rebuild_sparse_tensor\n.", "names 'torch._utils._rebuild_sparse_tensor'" },
        { $"{Proto}ctorch\nComplexFloatStorage\n.", "names 'torch.ComplexFloatStorage'" },
        { $"{Proto}ctorch.nn.modules.linear\nLinear\n)\u0081.", "names 'torch.nn.modules.linear.Linear'" },
        { $"{Proto}cos\n{new string('x', 500)}\n.", "name without an end in 256 bytes" },

        // Opcodes that PyTorch does not write.
        { $"{Proto}(S'ls'\nios\nsystem\n.", "opcode STRING" },
        { $"{Proto}(ios\nsystem\n.", "opcode INST" },
        { $"{Proto}(cos\nsystem\no.", "names 'os.system'" },
        { $"{Proto}()o.", "opcode OBJ" },
        { $"{Proto}\u0082\u0001.", "opcode EXT1" },
        { $"{Proto}\u0092.", "opcode NEWOBJEX" },
        { $"{Proto}P1\n.", "opcode PERSID" },
        { $"{Proto}I1\n.", "opcode INT" },
        { $"{Proto}K\u000102.", "opcode POP" },
        { $"{Proto}\u0096\0\0\0\0\0\0\0\0.", "opcode BYTEARRAY8" },
        { $"{Proto}\u00ff.", "opcode 0xff" },

        // A broken machine.
        { "N.", "does not start with PROTO" },
        { "\u0080\u0001N.", "protocol is 1" },
        { "\u0080\u0006N.", "protocol is 6" },
        { $"{Proto}", "cut short" },
        { $"{Proto}.", "1 values are wanted from a stack of 0" },
        { $"{Proto}NN.", "STOP leaves 1 values" },
        { $"{Proto}N.N", "1 bytes follow the pickle" },
        { $"{Proto}h\u0000.", "memo entry 0 is asked for before it is made" },
        { $"{Proto}t.", "a mark is wanted" },
        { $"{Proto}q\u0000.", "empty stack" },
        { $"{Proto}(\u0085.", "from a stack of 0" },
        { $"{Proto}Na.", "APPEND finds an empty stack" },
        { $"{Proto}NNa.", "finds no list" },
        { $"{Proto}NNNs.", "finds no dict" },
        { $"{Proto}}}(Nu.", "key without a value" },
        { $"{Proto}X\u00ff\u00ff\u00ff\u007fabc.", "2147483647 bytes are wanted" },
        { $"{Proto}\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffabc.", "18446744073709551615 bytes are wanted" },
        { $"{Proto}X\u0001\0\0\0\u00ff.", "not UTF-8" },
        { $"{Proto}\u008b\u00ff\u00ff\u00ff\u007f.", "integer of 2147483647 bytes" },
        { $"{Proto}\u008b\u00ff\u00ff\u00ff\u00ff.", "integer of -1 bytes" },
        { "\u0080\u0004\u0095\u00ff\0\0\0\0\0\0\0N.", "FRAME reaches beyond" },
        { Proto + new string('(', 1001), "more than 1000 marks" },
        { $"{Proto}NNR.", "no tuple of arguments" },
        { $"{Proto}X\u0001\0\0\0a)R.", "asked to call something that is not a listed name" },
        { $"{Proto}ctorch\nFloatStorage\n)R.", "kinds it does not take" },
        { $"{Proto}ctorch.nn.modules.container\nParameterDict\n)R.", "kinds it does not take" },
        { $"{Proto}NNb.", "BUILD gives state" },
        { $"{Proto}ccollections\nOrderedDict\nK\u0001\u0085R.", "something other than a list of pairs" },

        // Tensors and storages that lie.
        { $"{Proto}NQ.", "persistent id is not a tuple" },
        { $"{Proto})Q.", "persistent id is not ('storage'" },
        { $"{Proto}{Tensor})R.", "kinds it does not take" },
        { $"{Proto}{Tensor}(NK\0))" + Rest, "not made of (storage" },
        { $"{Proto}{Tensor}({FourFloats}K\0K\u0005\u0085K\u0001\u0085" + Rest, "leaves its storage '0' of 4 elements" },
        { $"{Proto}{Tensor}({FourFloats}K\u0001K\u0004\u0085K\u0001\u0085" + Rest, "leaves its storage" },
        { $"{Proto}{Tensor}({FourFloats}K\u0004))" + Rest, "leaves its storage" },
        { $"{Proto}{Tensor}({FourFloats}K\u0005K\0\u0085K\u0001\u0085" + Rest, "leaves its storage" },
        { $"{Proto}{Tensor}({FourFloats}J\u00ff\u00ff\u00ff\u00ff))" + Rest, "starts at element -1" },
        { $"{Proto}{Tensor}({FourFloats}K\0J\u00ff\u00ff\u00ff\u00ff\u0085K\u0001\u0085" + Rest, "size[0] is not an integer from 0" },
        { $"{Proto}{Tensor}({FourFloats}K\u0003K\u0004\u0085J\u00ff\u00ff\u00ff\u00ff\u0085" + Rest, "stride[0] is not an integer from 0" },
        { $"{Proto}{Tensor}({FourFloats}K\0K\u0002K\u0002\u0086K\u0001\u0085" + Rest, "2 sizes and 1 strides" },
        { $"{Proto}{Tensor}({FourFloats}K\0\u008a\u0008{Long(1L << 62)}\u008a\u0008{Long(1L << 62)}\u0086K\0K\0\u0086" + Rest,
            "beyond all bounds" },
        { $"{Proto}{Tensor}({FourFloats}K\0\u008a\u0008{Long(1L << 40)}\u0085K\0\u0085" + Rest, "repeats the 4 elements" },
        { $"{Proto}{FourFloats.Replace("K\u0004", $"\u008a\u0008{Long(1L << 62)}", StringComparison.Ordinal)}.",
            "has 4611686018427387904 elements" },
        { $"{Proto}{FourFloats.Replace("K\u0004", "J\u00ff\u00ff\u00ff\u00ff", StringComparison.Ordinal)}.", "has -1 elements" },
    };

    [Theory]
    [MemberData(nameof(Pickles))]
    public void A_pickle_that_asks_for_more_than_data_is_refused_with_the_reason(string pickle, string reason)
    {
        var error = Assert.Throws<InvalidDataException>(() => Open(pickle));
        Assert.Contains("'evil.pt'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_may_hold_itself_and_nest_as_deep_as_it_likes_without_harm()
    {
        using var self = Open($"{Proto}]q\0h\0a.");
        var list = Assert.IsType<PickleList>(self.Root);
        Assert.Same(list, list.Items[0]);

        var depth = 500_000;
        using var deep = Open($"{Proto}){new string('\u0085', depth)}.");
        var tuple = Assert.IsType<PickleTuple>(deep.Root);
        for (var i = 0; i < depth; i++)
            tuple = Assert.IsType<PickleTuple>(tuple.Items[0]);
        Assert.Empty(tuple.Items);
    }

    [Fact]
    public void Memory_stays_bounded_whatever_a_pickle_piles_up()
    {
        foreach (var bomb in new[] { "}", "]", ")", "N(", "}q\0", "}\u0094", "K\u0001\u0085" })
        {
            var bytes = Zip(Latin(Proto + string.Concat(Enumerable.Repeat(bomb, PickleReader.MaxPushes + 1))));
            var before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<InvalidDataException>(() => TorchFile.FromBytes(bytes, "bomb"));
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400L << 20);
        }
    }

    [Fact]
    public void A_storage_of_another_length_than_its_type_needs_is_refused_when_a_tensor_is_read_from_it()
    {
        using var scope = NewDisposeScope();
        var pickle = $"{Proto}}}X\u0001\0\0\0a{Tensor}({FourFloats}K\0K\u0004\u0085K\u0001\u0085{Rest[..^1]}s.";
        using var good = TorchFile.FromBytes(Zip(Latin(pickle), new byte[16]), "good");
        Assert.Equal([4], good.LoadAsStored("a").shape);
        foreach (var wrong in new[] { 0, 12, 15, 17, 20 })
        {
            using var file = TorchFile.FromBytes(Zip(Latin(pickle), new byte[wrong]), "evil.pt");
            Assert.Contains($"storage '0' has {wrong} bytes", Assert.Throws<InvalidDataException>(() => file.LoadAsStored("a")).Message,
                StringComparison.Ordinal);
        }

        using var none = TorchFile.FromBytes(Zip(Latin(pickle)), "evil.pt");
        Assert.Contains("no storage '0'", Assert.Throws<InvalidDataException>(() => none.LoadAsStored("a")).Message,
            StringComparison.Ordinal);
        Assert.Contains("no tensor 'b'", Assert.Throws<InvalidDataException>(() => good.LoadAsStored("b")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Big_endian_storages_are_read_in_their_order()
    {
        using var scope = NewDisposeScope();
        var pickle = $"{Proto}}}X\u0001\0\0\0a{Tensor}({FourFloats}K\0K\u0004\u0085K\u0001\u0085{Rest[..^1]}s.";
        var storage = new byte[16];
        for (var i = 0; i < 4; i++)
            BinaryPrimitives.WriteSingleBigEndian(storage.AsSpan(4 * i), i + 0.5f);
        using var file = TorchFile.FromBytes(
            Zip([("x/data.pkl", Latin(pickle)), ("x/data/0", storage), ("x/byteorder", "big"u8.ToArray())]), "big");
        Assert.Equal([0.5f, 1.5f, 2.5f, 3.5f], file.LoadAsStored("a").data<float>().ToArray());
        Refused("neither little nor big", Zip([("x/data.pkl", Latin($"{Proto}N.")), ("x/byteorder", "middle"u8.ToArray())]));
    }

    [Fact]
    public void Zip_archives_that_lie_are_refused_with_the_reason()
    {
        var none = Latin($"{Proto}N.");
        Refused("compressed (method 8)", Zip([("x/data.pkl", new byte[1000])], CompressionLevel.Optimal));
        Refused("0 entries FOLDER/data.pkl", Zip([("data.pkl", none)]));
        Refused("2 entries FOLDER/data.pkl", Zip([("x/data.pkl", none), ("y/data.pkl", none)]));
        Refused("'x/data.pkl' appears twice", Zip([("x/data.pkl", none), ("x/data.pkl", none)]));
        Refused("TorchScript program", Zip([("x/data.pkl", none), ("x/constants.pkl", none)]));
        foreach (var path in new[] { "../x", "/x", "x/../y", "x//y", "x\\y", "C:x", "x/./y", "x\ny", "x/" })
            Refused("not a plain relative path", Zip([("x/data.pkl", none), (path, none)]));
        Refused("name has 600 bytes", Zip([("x/data.pkl", none), (new string('a', 600), none)]));
        Refused("no end record", Zip([("x/data.pkl", none)])[..^1]);
        Refused("no end record", [.. "PK\u0003\u0004"u8]);
        Refused("wanted a zip archive or a pickle", [.. "Hello"u8]);
        Refused("empty", []);
    }

    [Fact]
    public void Entries_that_share_bytes_are_refused()
    {
        // The second entry's directory record is pointed at the first one's bytes: the trick of zip bombs without compression.
        var zip = Zip([("x/data.pkl", Latin($"{Proto}N.")), ("x/data.pkm", new byte[3])]);
        var record = zip.AsSpan().LastIndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(record + 42), 0);
        Refused("calls itself 'x/data.pkl'", zip);
        zip[zip.AsSpan().LastIndexOf("data.pkm"u8) + 7] = (byte)'l';
        Refused("appears twice", zip);

        // One entry that reaches over the next.
        zip = Zip([("x/data.pkl", Latin($"{Proto}N.")), ("x/data/0", new byte[3])]);
        record = zip.AsSpan().IndexOf("PK\u0001\u0002"u8);
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(record + 20), 20);
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(record + 24), 20);
        Refused("share bytes", zip);
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(record + 24), 2_000_000_000);
        Refused("has 20 bytes in the file and 2000000000 outside", zip);
        BinaryPrimitives.WriteUInt32LittleEndian(zip.AsSpan(record + 20), 2_000_000_000);
        Refused("the file is cut short", zip);
        zip[record + 8] |= 1;
        Refused("encrypted", zip);
    }

    [Fact]
    public void A_zip64_archive_is_read()
    {
        // Zip64 records are optional for small files: here one entry's sizes, its place and the directory's place come from them.
        var content = Latin($"{Proto}K\u0007.");
        var name = "x/data.pkl"u8;
        using var stream = new MemoryStream();
        using var w = new BinaryWriter(stream);
        w.Write(0x04034b50u); w.Write((ushort)45); w.Write(new byte[20]); w.Write((ushort)name.Length); w.Write((ushort)0); w.Write(
            name); w.Write(content);
        var directory = stream.Position;
        w.Write(0x02014b50u); w.Write(new byte[16]); w.Write(uint.MaxValue); w.Write(uint.MaxValue); w.Write((ushort)name.Length); w.Write(
            (ushort)28);
        w.Write(new byte[10]); w.Write(uint.MaxValue); w.Write(name);
        w.Write((ushort)1); w.Write((ushort)24); w.Write((long)content.Length); w.Write((long)content.Length); w.Write(0L);
        var end64 = stream.Position;
        w.Write(0x06064b50u); w.Write(44L); w.Write(new byte[20 - 8]); w.Write(1L); w.Write(1L); w.Write(end64 - directory); w.Write(
            directory);
        w.Write(0x07064b50u); w.Write(0u); w.Write(end64); w.Write(1u);
        w.Write(0x06054b50u); w.Write(0u); w.Write(ushort.MaxValue); w.Write(ushort.MaxValue); w.Write(uint.MaxValue); w.Write(
            uint.MaxValue); w.Write((ushort)0);

        using var file = TorchFile.FromBytes(stream.ToArray(), "zip64");
        Assert.Equal(7L, file.Root);

        var evil = stream.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(evil.AsSpan((int)end64 + 48), long.MaxValue);
        Refused("does not fit before", evil);
        BinaryPrimitives.WriteInt64LittleEndian(evil.AsSpan((int)end64 + 48), -1);
        Refused("beyond 2^63", evil);
        BinaryPrimitives.WriteInt64LittleEndian(evil.AsSpan((int)end64 + 48), directory);
        BinaryPrimitives.WriteInt64LittleEndian(evil.AsSpan((int)end64 + 32), 1L << 40);
        Refused("at most 200000 are read", evil);
    }

    [Fact]
    public void A_legacy_file_that_lies_about_its_storages_is_refused()
    {
        var path = Path.Combine(GoldenCase.Own, "checkpoints_tiny", "mixed_legacy.pt");
        Refused("bytes follow the last storage", [.. File.ReadAllBytes(path), 0]);
        Refused("not one of PyTorch's", Latin($"{Proto}K\u0001."));
        var good = File.ReadAllBytes(path);
        // The first block's length, just after the list of keys.
        var list = good.AsSpan().LastIndexOf("e."u8) + 2;
        foreach (var lie in new[] { long.MaxValue, long.MaxValue / 8, 1L << 40, -1, 1000 })
        {
            BinaryPrimitives.WriteInt64LittleEndian(good.AsSpan(list), lie);
            Refused($"has {lie} elements", good);
        }
    }

    private static void Refused(string reason, byte[] bytes)
    {
        var error = Assert.Throws<InvalidDataException>(() => TorchFile.FromBytes(bytes, "evil.pt"));
        Assert.Contains("'evil.pt'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    private static TorchFile Open(string pickle) => TorchFile.FromBytes(Zip(Latin(pickle)), "evil.pt");

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    private static string Long(long value)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Encoding.Latin1.GetString(bytes);
    }

    private static byte[] Zip(byte[] pickle, byte[]? storage = null) =>
        Zip(storage is null ? [("x/data.pkl", pickle)] : [("x/data.pkl", pickle), ("x/data/0", storage)]);

    private static byte[] Zip(IEnumerable<(string Name, byte[] Bytes)> entries, CompressionLevel level = CompressionLevel.NoCompression)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = zip.CreateEntry(name, level).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
