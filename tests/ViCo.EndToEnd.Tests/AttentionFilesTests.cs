using System.Buffers.Binary;
using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary>What <c>vico sample --attention</c> and <c>vico inspect</c> write of where S★ looks: strips, numbers and curves.</summary>
public sealed class AttentionFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-attention-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_wide_picture_comes_with_strips_of_where_S_looked_and_a_training_with_its_masks()
    {
        var (concept, strips) = (Path.Combine(_folder, "teapot"), Path.Combine(_folder, "strips"));
        Assert.Equal(0, (await RunAsync(
            "train", "--photos", Programs.TeapotPhotos, "--init-word", "teapot", "--out", concept, "--steps", "2", "--checkpoint-every",
            "1", "--preview-every", "0",
            "--token-merging", "0.5")).Code);
        var (code, output) = await RunAsync(
            "sample", "--concept", concept, "--prompt", "a *", "--count", "1", "--seed", "3", "--sampling-steps", "2", "--width", "192",
            "--attention", strips);
        Assert.Equal(0, code);
        Assert.Equal((192, 128), SizeOf(Assert.Single(Directory.EnumerateFiles(Path.Combine(concept, "pictures")))));
        Assert.Equal(["a-x-reference-1-attention.png", "a-x-seed3-attention.png"], Directory.EnumerateFiles(strips, "*.png")
            .Select(Path.GetFileName).Order(StringComparer.Ordinal));
        // Two steps and their mean, 128 px each, for maps alone or for maps and masks of four layers.
        var (reference, picture) =
            (SizeOf(Path.Combine(strips, "a-x-reference-1-attention.png")), SizeOf(Path.Combine(strips, "a-x-seed3-attention.png")));
        Assert.Equal(picture.Width, reference.Width);
        Assert.InRange(picture.Width, 3 * 128, 4 * 128);
        Assert.InRange(reference.Height, 8 * 128, 2 * picture.Height);

        // The numbers: 16 cells a side at the last layer, of the wide picture 24 across.
        var (seen, drawn) = (NumpyFile.Read(Path.Combine(strips, "a-x-reference-1-attention.npz")),
            NumpyFile.Read(Path.Combine(strips, "a-x-seed3-attention.npz")));
        Assert.Equal([1, 2], seen["step"].As<int>());
        Assert.True(seen["timestep"].As<double>() is [var early, var late] && early > late && late >= 0, "noise falls");
        Assert.Equal([2, 16, 16], seen["layer14"].Shape);
        Assert.Equal([2, 16, 24], drawn["layer14"].Shape);
        Assert.All(seen["layer14"].As<float>().Concat(drawn["layer14"].As<float>()), a => Assert.InRange(a, 0f, 1f));
        Assert.Equal(["layer10", "layer12", "layer14", "layer8", "step", "timestep"], drawn.Keys.Order(StringComparer.Ordinal));
        // A mask keeps the cells that attend most: the least of them is above the greatest of the others.
        var (map, mask) = (seen["layer14"].As<float>()[..256], seen["layer14_mask"].As<bool>()[..256]);
        Assert.True(map.Where((_, i) => mask[i]).Min() >= map.Where((_, i) => !mask[i]).Max(), "the mask is of this map");

        (code, output) = await RunAsync("sample", "--concept", concept, "--prompt", "a teapot", "--count", "1", "--sampling-steps", "1",
            "--attention", strips);
        Assert.Equal(2, code);
        Assert.Contains("holds no placeholder", output, StringComparison.Ordinal);

        (code, output) = await RunAsync("inspect", "--concept", concept, "--every", "1", "--masks",
            Path.Combine(Programs.TeapotPhotos, "..", "masks"));
        Assert.Equal(0, code);
        Assert.InRange(SizeOf(Path.Combine(concept, "masks-training.png")).Width, 2 * 128, 3 * 128);
        var training = NumpyFile.Read(Path.Combine(concept, "masks-training.npz"));
        Assert.Equal([1, 2], training["checkpoint"].As<int>());
        Assert.Equal([2, training["timestep"].Shape[0], 16, 16], training["layer14_mask"].Shape);
        Assert.Contains("IoU after step", output, StringComparison.Ordinal);
        Assert.Matches(@"\b2\s+(│\s+)?0\.\d\d\s+(│\s+)?0\.\d\d", output);
        Assert.Equal((960, 480), SizeOf(Path.Combine(concept, "masks-training-overlap.png")));

        (code, output) = await RunAsync("inspect", "--concept", concept, "--every", "1", "--masks", Path.Combine(concept, "pictures"));
        Assert.Equal(2, code);
        Assert.Contains("holds no mask of photo '1.png'", output, StringComparison.Ordinal);

        static (int Width, int Height) SizeOf(string file) =>
            (BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(file).AsSpan(16)),
                BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(file).AsSpan(20)));
    }

    [Fact]
    public async Task A_photo_that_training_letterboxes_is_shown_and_seen_as_if_it_had_come_letterboxed()
    {
        var folders = new List<string>();
        foreach (var (height, fit) in new[] { (64, "letterbox"), (128, "crop") })
        {
            // Rows of colour between the grey that a letterbox adds: the wide photo and the square one become the same pixels.
            var photos = Directory.CreateDirectory(Path.Combine(_folder, fit, "teapot", "photos")).FullName;
            PlainPng.Write(Path.Combine(photos, "1.png"), 128, height, (x, y) => y + ((128 - height) / 2) is >= 32 and < 96 and var row
                ? ((byte)x, (byte)(2 * row), (byte)40) : ((byte)127, (byte)127, (byte)127));
            folders.Add(Path.Combine(_folder, fit, "concept"));
            Assert.Equal(0, (await RunAsync(
                "train", "--photos", photos, "--init-word", "teapot", "--out", folders[^1], "--steps", "1", "--batch-size", "1",
                "--preview-every", "0", "--switch", $"resize={fit}")).Code);
            Assert.Equal(0, (await RunAsync("inspect", "--concept", folders[^1])).Code);
            Assert.Equal(0, (await RunAsync("inspect", "--concept", folders[^1], "--every", "1")).Code);
            Assert.Equal(0,
                (await RunAsync("sample", "--concept", folders[^1], "--prompt", "a *", "--count", "1", "--sampling-steps", "1",
                "--attention", folders[^1])).Code);
        }

        string[] files = ["masks-step-000001.png", "masks-step-000001.npz", "masks-training.png", "a-x-reference-1-attention.png",
            "a-x-reference-1-attention.npz"];
        Assert.Equal([], files.Where(file => !Bytes(0, file).SequenceEqual(Bytes(1, file))));

        byte[] Bytes(int folder, string file) => File.ReadAllBytes(Path.Combine(folders[folder], file));
    }
}
