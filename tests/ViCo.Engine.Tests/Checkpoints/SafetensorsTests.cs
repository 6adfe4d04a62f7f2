using System.Buffers.Binary;
using System.Text;
using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Tests.Checkpoints;

public sealed class SafetensorsTests
{
    [Fact]
    public void Every_type_and_shape_survives_a_round_trip_through_a_file_and_through_bytes()
    {
        using var scope = NewDisposeScope();
        var written = new Dictionary<string, Tensor>
        {
            ["f64"] = rand(3, 2, dtype: float64), ["f32"] = randn(2, 3, 4), ["f16"] = randn(5).to(float16),
            ["bf16"] = randn(5).to(bfloat16),
            ["i64"] = Counting(7, int64), ["i32"] = Counting(3, int32), ["i16"] = Counting(3, int16), ["i8"] = Counting(3, int8),
            ["u8"] = Counting(5, uint8), ["bool"] = tensor(new[] { true, false, true }), ["scalar"] = tensor(2.5f), ["none"] = empty(0, 4),
            ["large"] = randn(1_400_003),               // copied in several pieces, the last of them short
            ["näme ★ \"quoted\""] = ones(1), ["transposed"] = Counting(6, int64).reshape(2, 3).t().to(float32),
        };
        var metadata = new Dictionary<string, string> { ["step"] = "400", ["note"] = "a \"quoted\" ★" };
        var bytes = SafetensorsWriter.ToBytes(written, metadata);
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, bytes);
            foreach (var open in new Func<SafetensorsFile>[] { () => SafetensorsFile.Open(path), () =>
                SafetensorsFile.FromBytes(bytes, "memory") })
            {
                using var file = open();
                Assert.Equal(written.Keys.Order(StringComparer.Ordinal), file.Names);
                Assert.Equal(metadata.OrderBy(m => m.Key), file.Metadata);
                foreach (var (name, tensor) in written)
                {
                    var read = file.LoadAsStored(name);
                    Assert.Equal(tensor.dtype, read.dtype);
                    Assert.Equal(tensor.shape, read.shape);
                    Assert.True(tensor.to(float64).eq(read.to(float64)).all().item<bool>(), name);
                    Assert.Equal(ScalarType.Float32, file.Load(name).dtype);
                    Assert.Equal(tensor.contiguous().view(-1).bytes, file.Bytes(name));
                }
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void The_same_tensors_in_another_order_give_the_same_bytes()
    {
        using var scope = NewDisposeScope();
        KeyValuePair<string, Tensor>[] tensors = [new("b", ones(3)), new("a", zeros(2, dtype: float16)), new("c", Counting(4, int64))];
        var forward = SafetensorsWriter.ToBytes(tensors, new Dictionary<string, string> { ["x"] = "1", ["y"] = "2" });
        var backward = SafetensorsWriter.ToBytes(tensors.Reverse(), new Dictionary<string, string> { ["y"] = "2", ["x"] = "1" });
        Assert.Equal(forward, backward);
    }

    [Fact]
    public void Half_precision_weights_of_the_toybox_load_as_float32()
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Repository.PathOf("models", "toybox", "unet", "diffusion_pytorch_model.safetensors"));
        Assert.Equal(686, file.Names.Count);
        Assert.Equal(ScalarType.Float16, file["conv_in.weight"].DType);
        var weight = file.Load("conv_in.weight");
        Assert.Equal(ScalarType.Float32, weight.dtype);
        Assert.Equal([32, 8, 3, 3], weight.shape);
        Assert.InRange(weight.abs().max().item<float>(), 0.001f, 10f);
    }

    [Fact]
    public void Loading_leaves_one_tensor_per_load()
    {
        using var scope = NewDisposeScope();
        var bytes = SafetensorsWriter.ToBytes([new("w", ones(3).to(float16))]);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using var file = SafetensorsFile.FromBytes(bytes, "memory");
        var loaded = file.Load("w");
        Assert.Equal(before + 1, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(3, loaded.sum().item<float>());
    }

    public static TheoryData<string, string, int> HostileHeaders() => new()
    {
        // header, what the message must say, bytes of data that follow
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "cut short", 4 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "4 bytes after tensor 'a' belong to no tensor", 12 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}""", "'a' lies at bytes 8 to 0", 8 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "data_offsets[0] = -8", 8 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,9223372036854775807]}}""", "lies at bytes", 8 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,18446744073709551616]}}""", "data_offsets[1]", 8 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}""", "data_offsets[1] = 8.0", 8 },
        { """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""", "needs 12 bytes", 8 },
        { """{"a":{"dtype":"F32","shape":[-2],"data_offsets":[0,8]}}""", "shape[0] = -2", 8 },
        { """{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}""", "over 2^63", 8 },
        { """{"a":{"dtype":"F32","shape":[2147483648,2147483648,4294967296,4294967296],"data_offsets":[0,0]}}""", "over 2^63", 0 },
        { """{"a":{"dtype":"Q4","shape":[2],"data_offsets":[0,8]}}""", "'a' has dtype \"Q4\"", 8 },
        { """{"a":{"dtype":7,"shape":[2],"data_offsets":[0,8]}}""", "dtype 7", 8 },
        { """{"a":{"shape":[2],"data_offsets":[0,8]}}""", "dtype nothing", 8 },
        { """{"a":{"dtype":"F32","data_offsets":[0,8]}}""", "no shape array", 8 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""", "1 data_offsets", 8 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"more":1}}""", "unknown member 'more'", 8 },
        { """{"a":{"dtype":"F32","dtype":"F16","shape":[2],"data_offsets":[0,8]}}""", "'dtype' twice", 8 },
        {
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""",
            "'b' at byte 4 overlaps tensor 'a'", 12
        },
        {
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}""",
            "belong to no tensor", 16
        },
        {
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""",
            "'a' appears twice", 8
        },
        { """{"a":5}""", "'a' is described by Number", 8 },
        { """{"__metadata__":{"x":1}}""", "__metadata__ 'x' is Number", 0 },
        { """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}""", "not JSON", 8 },
        { """[1]""", "does not start with '{'", 0 },
        { "", "does not start with '{'", 0 },
    };

    [Theory]
    [MemberData(nameof(HostileHeaders))]
    public void A_lying_header_is_refused_with_file_and_reason(string header, string reason, int dataBytes)
    {
        var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.FromBytes(Craft(header, dataBytes), "evil.safetensors"));
        Assert.Contains("'evil.safetensors'", error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new byte[0], "empty")]
    [InlineData(new byte[] { 1, 2, 3 }, "3 bytes are too few")]
    [InlineData(new byte[] { 16, 0, 0, 0, 0, 0, 0, 0, (byte)'{', (byte)'}' }, "claims 16 bytes, but only 2 follow")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 255, (byte)'{', (byte)'}' }, "at most 100000000")]
    [InlineData(new byte[] { 255, 255, 255, 255, 255, 255, 255, 127, (byte)'{', (byte)'}' }, "at most 100000000")]
    public void A_file_without_a_whole_header_is_refused_mapped_or_in_memory(byte[] content, string reason)
    {
        Assert.Contains(reason, Assert.Throws<InvalidDataException>(() => SafetensorsFile.FromBytes(content, "x")).Message,
            StringComparison.Ordinal);
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, content);
            var error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(path));
            Assert.Contains(reason, error.Message, StringComparison.Ordinal);
            Assert.Contains(path, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Every_truncation_of_a_good_file_is_refused()
    {
        using var scope = NewDisposeScope();
        var good = SafetensorsWriter.ToBytes([new("weight", ones(4, 3)), new("bias", zeros(5, dtype: float16))]);
        for (var length = 0; length < good.Length; length++)
            Assert.Throws<InvalidDataException>(() => SafetensorsFile.FromBytes(good.AsMemory(0, length), "cut"));
    }

    [Fact]
    public void A_missing_tensor_is_named()
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.FromBytes(SafetensorsWriter.ToBytes([new("a", ones(1))]), "small");
        Assert.Contains("no tensor 'b'", Assert.Throws<InvalidDataException>(() => file.Load("b")).Message, StringComparison.Ordinal);
    }

    private static Tensor Counting(long count, ScalarType type) => TensorArithmetic.Counting(0, count, type, CPU);

    private static byte[] Craft(string header, int dataBytes)
    {
        var json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + dataBytes];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        return file;
    }
}
