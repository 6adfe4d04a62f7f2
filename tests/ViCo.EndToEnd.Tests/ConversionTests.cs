using System.Buffers.Binary;
using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary>Base models and concepts go into other programs' files and come back the same.</summary>
public sealed class ConversionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_base_model_goes_to_a_single_file_and_back_and_is_verified()
    {
        var (single, folder) = (Path.Combine(_folder, "toy.safetensors"), Path.Combine(_folder, "models", "again"));
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!);
        Assert.Equal(0, (await RunAsync("models", "convert", "toybox", "--out", single)).Code);
        Assert.Equal(0, (await RunAsync("models", "convert", single, "--config", Programs.Toybox, "--out", folder)).Code);
        const string Weights = "unet/diffusion_pytorch_model.safetensors";
        Assert.Equal(
            await File.ReadAllBytesAsync(Path.Combine(Programs.Toybox, Weights), TestContext.Current.CancellationToken),
            await File.ReadAllBytesAsync(Path.Combine(folder, Weights), TestContext.Current.CancellationToken));

        var (code, output) = await RunInAsync(_folder, "models", "verify");
        Assert.Equal(0, code);
        Assert.Contains("its weights fit", output, StringComparison.Ordinal);
        (code, output) = await RunInAsync(_folder, "models", "list");
        Assert.Equal(0, code);
        Assert.Contains("again", output, StringComparison.Ordinal);
        await File.WriteAllTextAsync(Path.Combine(folder, Weights), "gone", TestContext.Current.CancellationToken);
        (code, output) = await RunInAsync(_folder, "models", "verify", "again");
        Assert.Equal(1, code);
        Assert.Contains("diffusion_pytorch_model.safetensors", output, StringComparison.Ordinal);

        // A mirror that is not there is named, and nothing stays behind.
        (code, output) = await RunInAsync(_folder, "models", "pull", "owner/name");
        Assert.Equal(1, code);
        Assert.Contains("127.0.0.1:9", output, StringComparison.Ordinal);
        Assert.Equal(["again"], Directory.EnumerateFileSystemEntries(Path.Combine(_folder, "models")).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_concept_goes_to_ViCos_official_files_and_back_into_a_folder_that_draws_the_same_picture()
    {
        var concept = Path.Combine(_folder, "teapot");
        Assert.Equal(0,
            (await RunAsync("train", "--photos", Programs.TeapotPhotos, "--init-word", "teapot", "--out", concept, "--steps", "1",
            "--preview-every", "0")).Code);
        Assert.Equal(0, (await RunAsync("concepts", "convert", concept, "--to", "upstream", "--out", Path.Combine(_folder, "upstream")))
            .Code);
        var back = Path.Combine(_folder, "back");
        var (code, output) = await RunAsync(
            "concepts", "convert", Path.Combine(_folder, "upstream", "embeddings_gs-0.pt"),
            Path.Combine(_folder, "upstream", "cross_attention-0.pt"),
            "--init-word", "teapot", "--photos", Programs.TeapotPhotos, "--out", back);
        Assert.Equal(0, code);
        Assert.Contains("step-000001.safetensors", output, StringComparison.Ordinal);

        foreach (var folder in new[] { concept, back })
            Assert.Equal(0,
                (await RunAsync("sample", "--concept", folder, "--prompt", "a *", "--count", "1", "--sampling-steps", "1", "--seed", "3"))
                .Code);
        // What a picture says of its checkpoint differs; its pixels do not.
        Assert.Equal(Pixels(concept), Pixels(back));

        // A training does not go on in it.
        (code, output) = await RunAsync("train", "--photos", Programs.TeapotPhotos, "--init-word", "teapot", "--out", back, "--engine",
            "rehearsal");
        Assert.Equal(2, code);
        Assert.Contains("holds another training", output, StringComparison.Ordinal);

        foreach (var (format, file) in new[] { ("diffusers", "learned_embeds.bin"), ("webui", "teapot.pt") })
        {
            Assert.Equal(0, (await RunAsync("concepts", "convert", concept, "--to", format, "--out", Path.Combine(_folder, file))).Code);
            Assert.Equal(0,
                (await RunAsync("concepts", "convert", Path.Combine(_folder, file), "--out",
                Path.Combine(_folder, $"{format}.safetensors"))).Code);
        }

        static byte[] Pixels(string folder)
        {
            // PNG: 8 bytes, then chunks of length, name, content and checksum.
            var png = File.ReadAllBytes(Assert.Single(Directory.EnumerateFiles(Path.Combine(folder, "pictures"))));
            List<byte> data = [];
            for (var at = 8; at < png.Length;)
            {
                var length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
                if (png.AsSpan(at + 4, 4).SequenceEqual("IDAT"u8)) data.AddRange(png.AsSpan(at + 8, length));
                at += 12 + length;
            }

            Assert.NotEmpty(data);
            return [.. data];
        }
    }
}
