using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Checkpoints.Pickle;
using ViCo.Engine.Tests.Goldens;

namespace ViCo.Engine.Tests.Checkpoints;

/// <summary>
/// Damaged files of every kind: read or refused, with bounded memory, and nothing else. 100,000 each with <c>VICO_LONG=1</c>.
/// </summary>
public sealed class CheckpointFuzzTests
{
    private static readonly int Mutations = LongRun.IsOn ? 100_000 : 2_000;

    /// <summary>What a reader may allocate for a file of a few KB, whatever that file claims.</summary>
    private const long ManagedBound = 64L << 20;

    /// <summary>An expanded tensor has at most 2^20 elements of 8 bytes.</summary>
    private const long TensorBound = 8L << 20;

    [Fact]
    public void Damaged_safetensors_are_read_or_refused()
    {
        using var scope = NewDisposeScope();
        var good = SafetensorsWriter.ToBytes(
            [new("weight", randn(4, 3)), new("bias", zeros(5, dtype: float16)), new("ids", tensor(new long[] { 0, 1, 2 })),
                new("flag", tensor(true)), new("none", empty(0, 2))],
            new Dictionary<string, string> { ["format"] = "pt", ["step"] = "400" });
        var headerLength = (int)BinaryPrimitives.ReadInt64LittleEndian(good);
        Fuzz(good, (bytes, random) =>
        {
            // Half of them damage the header alone and state its new length, so that more than the length check is met.
            if (random.Next(2) == 0)
                return bytes(good);
            var header = bytes(good[8..(8 + headerLength)]);
            var length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
            return [.. length, .. header, .. good[(8 + headerLength)..]];
        }, bytes => SafetensorsFile.FromBytes(bytes, "fuzz"));
    }

    [Fact]
    public void Damaged_zip_checkpoints_are_read_or_refused()
    {
        byte[][] goods = [Golden("mixed_zip.pt"), Golden("embeddings_gs-49.pt")];
        var parts = goods.Select(Unzip).ToArray();
        Fuzz(goods[0], (bytes, random) =>
        {
            var i = random.Next(goods.Length);
            if (random.Next(3) == 0)
                return bytes(goods[i]);
            // Most damage the pickle inside a sound archive.
            return Zip(parts[i].Select(p => (p.Name, p.Name.EndsWith("data.pkl", StringComparison.Ordinal) ? bytes(p.Bytes) : p.Bytes)));
        }, bytes => TorchFile.FromBytes(bytes, "fuzz"));
    }

    [Fact]
    public void Damaged_legacy_checkpoints_are_read_or_refused()
    {
        byte[][] goods = [Golden("mixed_legacy.pt"), Golden("cross_attention_half_legacy.pt")];
        Fuzz(goods[0], (bytes, random) => bytes(goods[random.Next(goods.Length)]), bytes => TorchFile.FromBytes(bytes, "fuzz"));
    }

    private static void Fuzz(byte[] good, Func<Func<byte[], byte[]>, Random, byte[]> make, Func<byte[], IWeightFile> open)
    {
        var (read, refused) = (0, 0);
        for (var i = 0; i < Mutations; i++)
        {
            var random = new Random(i);
            var bytes = make(from => Damage(from, random), random);
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var scope = NewDisposeScope();
                using var file = open(bytes);
                foreach (var name in file.Names)
                {
                    var tensor = file.LoadAsStored(name);
                    Assert.True(tensor.numel() * tensor.element_size() <= TensorBound, $"mutation {i}: '{name}' is {file.Info(name)}");
                    Assert.Equal(file.Info(name).Shape, tensor.shape);
                }

                read++;
            }
            catch (InvalidDataException e)
            {
                Assert.Contains("'fuzz'", e.Message, StringComparison.Ordinal);
                Assert.True(e.Message.Length < 2000, $"mutation {i}: a message of {e.Message.Length} characters");
                refused++;
            }
            catch (Exception e) when (e is not Xunit.Sdk.IAssertionException)
            {
                Assert.Fail($"mutation {i} of {good.Length} bytes: {e}");
            }

            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < ManagedBound, $"mutation {i}: {allocated >> 20} MB");
        }

        // Both must happen, or the damage is not the kind that finds anything.
        Assert.InRange(read, Mutations / 200, Mutations);
        Assert.InRange(refused, Mutations / 10, Mutations);
        TestContext.Current.TestOutputHelper?.WriteLine($"{Mutations} mutations: {read} read, {refused} refused");
    }

    private static byte[] Damage(byte[] good, Random random)
    {
        var bytes = good.ToList();
        for (var times = random.Next(1, 5); times > 0 && bytes.Count > 0; times--)
        {
            var at = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 16), bytes.Count - at);
            switch (random.Next(9))
            {
                case 0: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 1: bytes[at] = (byte)random.Next(256); break;
                case 2: bytes[at] = Interesting[random.Next(Interesting.Length)]; break;
                case 3: bytes.RemoveRange(at, length); break;
                case 4: bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length + 1), length)); break;
                case 5: bytes.RemoveRange(at, bytes.Count - at); break;
                case 6: bytes.InsertRange(at, Enumerable.Range(0, length).Select(_ => (byte)random.Next(256))); break;
                case 7:
                    var (from, to) = (bytes.GetRange(random.Next(bytes.Count - length + 1), length), at);
                    for (var i = 0; i < length; i++)
                        bytes[to + i] = from[i];
                    break;
                default:
                    var number = new byte[8];
                    BinaryPrimitives.WriteInt64LittleEndian(number, Numbers[random.Next(Numbers.Length)]);
                    for (var i = 0; i < Math.Min(random.Next(1, 9), bytes.Count - at); i++)
                        bytes[at + i] = number[i];
                    break;
            }
        }

        return [.. bytes];
    }

    private static readonly byte[] Interesting =
        [.. Enum.GetValues<PickleOpcode>().Select(o => (byte)o), 0, 1, 0x7f, 0xff, .. "{}[]\",:-0123456789eE"u8];

    private static readonly long[] Numbers =
        [0, 1, -1, int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, 1L << 40, 100_000_000, 65_535];

    private static List<(string Name, byte[] Bytes)> Unzip(byte[] zip)
    {
        using var archive = new ZipArchive(new MemoryStream(zip));
        return [.. archive.Entries.Select(e => (e.FullName, Read(e)))];

        static byte[] Read(ZipArchiveEntry entry)
        {
            using var copy = new MemoryStream();
            using var stream = entry.Open();
            stream.CopyTo(copy);
            return copy.ToArray();
        }
    }

    private static byte[] Zip(IEnumerable<(string Name, byte[] Bytes)> entries)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8))
        {
            foreach (var (name, bytes) in entries)
            {
                using var entry = zip.CreateEntry(name, CompressionLevel.NoCompression).Open();
                entry.Write(bytes);
            }
        }

        return stream.ToArray();
    }

    private static byte[] Golden(string name) => File.ReadAllBytes(Path.Combine(GoldenCase.Own, "checkpoints_tiny", name));
}
