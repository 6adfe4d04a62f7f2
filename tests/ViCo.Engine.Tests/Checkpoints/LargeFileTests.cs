using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Engine.Methods.Parts;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;
using ViCo.Engine.Models.UNet;

namespace ViCo.Engine.Tests.Checkpoints;

/// <summary>Files that are larger than memory pass through: a DreamBooth of Stable Diffusion has 3.4 GB, its resume point 10 GB.</summary>
public sealed class LargeFileTests
{
    [Fact]
    public void Writing_takes_no_more_memory_than_the_largest_tensor_however_long_the_file_becomes()
    {
        const int tensors = 17, side = 1 << 12;                  // 64 MiB of float32 each, more than 1 GiB together
        const long largest = 4L * side * side;
        var live = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var most = 0L;
        var lazy = Enumerable.Range(0, tensors).Select(i => new LazyTensor($"{i:D2}", float32, [side, side], () =>
        {
            most = Math.Max(most, DisposeScopeManager.Statistics.ThreadTotalLiveCount - live);
            return empty(side, side);
        }));
        using var counted = new CountingStream();
        SafetensorsWriter.WriteLazily(counted, lazy.Concat(lazy.Select(t => t with { Name = $"again {t.Name}" })), null);

        Assert.InRange(counted.Written, 2 * tensors * largest, 2 * tensors * largest + 10_000);
        Assert.True(counted.Written > int.MaxValue, "longer than any array");
        Assert.InRange(counted.Largest, 1, largest);
        Assert.Equal(0, most);                                   // when a tensor is made, the one before is gone
        Assert.Equal(live, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void A_concept_of_Stable_Diffusions_size_takes_at_most_103_MB_in_half_precision()
    {
        using var scope = NewDisposeScope();
        var meta = new Device(DeviceType.META);
        using var unet = new UNet2DConditionModel(
            UNet2DConditionConfig.From(ConfigJson.Read(Path.Combine(StableDiffusion1.Folder, "unet", "config.json"))), meta);
        using var blocks = new ImageCrossAttention(unet, [8, 10, 12, 14], meta);
        List<KeyValuePair<string, Tensor>> tensors = [KeyValuePair.Create(PlaceholderForms.EmbeddingKey, rand(1, 768))];
        tensors.AddRange(blocks.NamedTensors().Select(t => KeyValuePair.Create(t.Name, rand(t.Parameter.shape))));
        using var counted = new CountingStream();
        SafetensorsWriter.WriteHalf(counted, tensors);
        Assert.Equal(81, tensors.Count);
        Assert.InRange(counted.Written, 90_000_000, 103_000_000);
        // Beyond what float16 holds there is nothing to round to.
        Assert.Contains("'embedding.*'", Assert.Throws<NotFiniteException>(() => SafetensorsWriter.WriteHalf(
            counted, [KeyValuePair.Create(PlaceholderForms.EmbeddingKey, tensor([70_000f, 70_000f]).view(1, 2))])).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_stream_that_is_no_file_is_read_from_a_temporary_copy_that_goes_with_its_reader()
    {
        var bytes = SafetensorsWriter.ToBytes([new("w", ones(2, 3))]);
        var before = Directory.GetFiles(Path.GetTempPath(), "tmp*").Length;
        using (var file = SafetensorsFile.Open(bytes.Stored("kept elsewhere")))
        {
            using var read = file.Load("w");
            Assert.Equal([2L, 3], read.shape);
            Assert.Equal("kept elsewhere", file.Name);
        }
        Assert.Equal(before, Directory.GetFiles(Path.GetTempPath(), "tmp*").Length);
        Assert.Contains("kept elsewhere",
            Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(bytes[..20].Stored("kept elsewhere"))).Message,
            StringComparison.Ordinal);
        Assert.Equal(before, Directory.GetFiles(Path.GetTempPath(), "tmp*").Length);
    }

    /// <summary>Forgets what it is given, but not how much.</summary>
    private sealed class CountingStream : Stream
    {
        public long Written { get; private set; }

        public long Largest { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => Written;

        public override long Position { get => Written; set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer) =>
            (Written, Largest) = (Written + buffer.Length, Math.Max(Largest, buffer.Length));

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
