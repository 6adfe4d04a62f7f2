using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models;
using ViCo.Engine.Models.Files;

namespace ViCo.Engine.Tests.Models;

/// <summary>A base model stored in the type it is computed in: its parameters are the mapped files.</summary>
public sealed class MappedModelTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("vico-mapped").FullName, "model");

    public MappedModelTests() => ModelConversion.ToFolder(Repository.PathOf("models", "toybox"), _folder, WeightPrecision.Single);

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);

    [Fact]
    public void Parameters_are_the_files_themselves_until_the_model_is_gone()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Mappings are read from /proc.");
        var model = BaseModel.Load(_folder, CPU);
        using (model)
        {
            var mappings = Mappings();
            Assert.Equal(3, mappings.Count);
            foreach (var (module, part) in new nn.Module[] { model.UNet, model.Vae, model.TextEncoder }.Zip(BaseModelFiles.Parts))
                Same(module, part.Folder, part.Stem, mappings);
        }

        Assert.Empty(Mappings());
        Assert.Empty(OpenFiles());
    }

    [Fact]
    public void Pages_are_resident_when_loading_returns()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Mappings are read from /proc.");
        using var model = BaseModel.Load(_folder, CPU);
        Assert.Equal(3, Mappings().Count);
        Assert.All(Mappings(), m => Assert.True(m.Resident >= m.Length, $"{m.Resident} of {m.Length} bytes are resident"));
    }

    [Fact]
    public void A_file_replaced_by_renaming_leaves_the_loaded_model_as_it_was()
    {
        using var model = BaseModel.Load(_folder, CPU);
        var path = Path.Combine(_folder, "unet", "diffusion_pytorch_model.safetensors");
        var before = Numbers(model);
        using (NewDisposeScope())
        {
            Dictionary<string, Tensor> zeroed;
            using (var file = SafetensorsFile.Open(path)) zeroed = file.Names.ToDictionary(n => n, n => zeros_like(file.LoadAsStored(n)));
            File.WriteAllBytes($"{path}.new", SafetensorsWriter.ToBytes(zeroed));
        }

        File.Move($"{path}.new", path, overwrite: true);
        Assert.Equal(before, Numbers(model));
        using var replaced = BaseModel.Load(_folder, CPU);
        Assert.All(Numbers(replaced), n => Assert.Equal(0, n));

        static float[] Numbers(BaseModel model)
        {
            using var scope = NewDisposeScope();
            return model.UNet.named_parameters().Single(p => p.name == "conv_in.weight").parameter.flatten().data<float>().ToArray();
        }
    }

    [Fact]
    public void A_tensor_or_a_view_of_it_keeps_the_mapping_after_the_file_object_is_gone()
    {
        using var scope = NewDisposeScope();
        Tensor view;
        float[] expected;
        using (var file = SafetensorsFile.Open(Path.Combine(_folder, "unet", "diffusion_pytorch_model.safetensors")))
        {
            expected = file.Load("conv_in.weight").flatten().data<float>().ToArray();
            using var whole = file.Borrow("conv_in.weight");
            view = whole.flatten();
        }

        Assert.Equal(expected, view.data<float>().ToArray());
    }

    [Fact]
    public void Numbers_that_are_not_aligned_are_copied()
    {
        using var scope = NewDisposeScope();
        var path = Path.Combine(Path.GetDirectoryName(_folder)!, "odd.safetensors");
        // A byte in front of the floats, as the format allows.
        var json = Encoding.UTF8.GetBytes(
            """{"b":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"f":{"dtype":"F32","shape":[2],"data_offsets":[1,9]}}""".PadRight(120));
        File.WriteAllBytes(path,
            [.. BitConverter.GetBytes((long)json.Length), .. json, 7, .. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)]);
        using var file = SafetensorsFile.Open(path);
        Assert.Equal([1.5f, -2f], file.Borrow("f").data<float>().ToArray());
        Assert.Equal(7, file.Borrow("b").item<byte>());
    }

    [Fact]
    public void A_loading_that_fails_ends_its_hashing_first_and_leaves_nothing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Mappings are read from /proc.");
        var config = Path.Combine(_folder, "vae", "config.json");
        File.WriteAllText(config, File.ReadAllText(config)
            .Replace("\"layers_per_block\": 1", "\"layers_per_block\": 2", StringComparison.Ordinal));
        var cache = Path.Combine(Path.GetDirectoryName(_folder)!, "cache");
        var clock = new SlowClock();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (NewDisposeScope()) Assert.Throws<InvalidDataException>(() => BaseModel.Load(_folder, CPU, digests: new(cache, clock)));

        Assert.True(clock.HasTold, "the error left while the digest was being taken");
        Assert.False(Directory.Exists(cache), "the files were hashed to the end");
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Empty(Mappings());
        Assert.Empty(OpenFiles());
    }

    private void Same(nn.Module module, string part, string stem, List<Mapping> mappings)
    {
        using var scope = NewDisposeScope();
        using var file = SafetensorsFile.Open(Path.Combine(_folder, part, $"{stem}.safetensors"));
        Assert.NotEmpty(module.named_parameters());
        foreach (var (name, parameter) in module.named_parameters())
        {
            Assert.Equal(file.Load(name).flatten().data<float>().ToArray(), parameter.flatten().data<float>().ToArray());
            Assert.Contains(mappings, m => m.Path.Contains($"/{part}/", StringComparison.Ordinal) && m.Start <= Address(parameter)
                && Address(parameter) < m.Start + m.Length);
        }
    }

    private static long Address(Tensor tensor)
    {
        using var first = tensor.flatten().narrow(0, 0, 1);
        return Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(first.bytes));
    }

    private IEnumerable<string> OpenFiles() => Directory.GetFiles("/proc/self/fd")
        .Select(fd => new FileInfo(fd).LinkTarget ?? "").Where(target => target.StartsWith(_folder, StringComparison.Ordinal));

    /// <summary>This process's mappings of the model's files.</summary>
    private List<Mapping> Mappings()
    {
        var all = new List<Mapping>();
        foreach (var line in File.ReadLines("/proc/self/smaps"))
        {
            if (Regex.Match(line, "^([0-9a-f]+)-([0-9a-f]+) .{4} [0-9a-f]+ [^ ]+ [0-9]+ *(.*)$") is { Success: true, Groups: var g })
            {
                var (start, end) = (Convert.ToInt64(g[1].Value, 16), Convert.ToInt64(g[2].Value, 16));
                all.Add(new(g[3].Value, start, end - start, 0));
            }
            else if (line.StartsWith("Rss:", StringComparison.Ordinal))
            {
                all[^1] = all[^1] with { Resident = 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) };
            }
        }

        return all.FindAll(m => m.Path.StartsWith(_folder, StringComparison.Ordinal));
    }

    /// <summary>Lengths in bytes.</summary>
    private sealed record Mapping(string Path, long Start, long Length, long Resident);

    /// <summary>Keeps a digest waiting for longer than the loading takes to fail; tells a time at which all files are old.</summary>
    private sealed class SlowClock : TimeProvider
    {
        private volatile bool _told;

        public bool HasTold => _told;

        public override DateTimeOffset GetUtcNow()
        {
            Task.Delay(TimeSpan.FromSeconds(2)).Wait();
            _told = true;
            return base.GetUtcNow() + TimeSpan.FromHours(1);
        }
    }
}
