using System.Buffers.Binary;
using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary>The command line answers bad input with one line that says what was found and wanted, and with exit code 2.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("There is no folder", "train", "--photos", "/no/such/folder", "--init-word", "teapot", "--out", "$out")]
    [InlineData("holds no photo", "train", "--photos", "$empty", "--init-word", "teapot", "--out", "$out")]
    [InlineData("--steps is 0; 1 to 100000 is wanted", "train", "--photos", "$photos", "--init-word", "teapot", "--out", "$out", "--steps",
        "0")]
    [InlineData("there is no switch 'masks'", "train", "--photos", "$photos", "--init-word", "teapot", "--out", "$out", "--switch",
        "masks=pre_softmax")]
    [InlineData("'much' is no value of flip", "train", "--photos", "$photos", "--init-word", "teapot", "--out", "$out", "--switch",
        "flip=much")]
    [InlineData("wanted one of: pre_softmax, post_softmax", "train", "--photos", "$photos", "--init-word", "teapot", "--out", "$out",
        "--switch", "mask=none")]
    [InlineData("1 --photos and 0 --init-word", "train", "--photos", "$photos", "--out", "$out")]
    [InlineData("1 --photos and 2 --init-word", "train", "--photos", "$photos", "--init-word", "teapot", "--init-word", "bear", "--out",
        "$out")]
    [InlineData("is no trained concept", "sample", "--concept", "/no/such/concept", "--prompt", "a photo of a *")]
    [InlineData("belong to a trained concept", "sample", "--prompt", "a photo of a *", "--checkpoint", "50")]
    [InlineData("neither a diffusers folder", "sample", "--prompt", "a photo", "--model", "no-such-model")]
    [InlineData("give its folder with --concept", "sample", "--prompt", "a photo of a *", "--attention", "$out")]
    [InlineData("--token-merging is 0.8; 0 to 0.75 is wanted", "sample", "--prompt", "a photo", "--token-merging", "0.8")]
    [InlineData("Width is 104; wanted a multiple of 64 px", "sample", "--prompt", "a photo", "--width", "104")]
    [InlineData("--guidance is 7,5; a number has a decimal point here: 7.5", "sample", "--prompt", "a photo", "--guidance", "7,5")]
    [InlineData("--mask is none; one of: pre_softmax, post_softmax is wanted", "train", "--photos", "$photos", "--init-word", "teapot",
        "--out", "$out", "--mask", "none")]
    [InlineData("exclude each other", "sample", "--prompt", "a photo", "--image-guidance", "2", "--published-guidance")]
    [InlineData("--every and --checkpoint exclude each other", "inspect", "--concept", "$out", "--every", "5", "--checkpoint", "5")]
    [InlineData("--masks measures over a training", "inspect", "--concept", "$out", "--masks", "$photos")]
    [InlineData("--init-word is missing", "demo", "--photos", "$photos-alone")]
    [InlineData("There is no folder", "test", "--goldens", "/no/such/goldens")]
    [InlineData("neither a diffusers folder", "models", "convert", "no-such-model", "--out", "$out")]
    [InlineData("need no pickle", "models", "convert", "toybox", "--out", "model.ckpt")]
    [InlineData("holds no model 'nobody'", "models", "verify", "nobody")]
    [InlineData("wanted OWNER/NAME", "models", "pull", "no-owner")]
    [InlineData("The hub tells its files' hashes", "models", "pull", "a/b", "--sha256", "00")]
    [InlineData("There is no file", "concepts", "convert", "/no/such/file.pt", "--out", "$out")]
    [InlineData("does not end in .safetensors", "concepts", "convert", "$photo", "--out", "$out")]
    [InlineData("Safetensors file", "concepts", "convert", "$photo", "--to", "webui", "--out", "x.pt")]
    public async Task Bad_input_is_one_line_and_exit_code_2(string expected, params string[] arguments)
    {
        var photosAlone = Directory.CreateDirectory(Path.Combine(_folder, "alone")).FullName;
        File.Copy(Path.Combine(Programs.TeapotPhotos, "1.png"), Path.Combine(photosAlone, "1.png"));
        var given = arguments.Select(a => a switch
        {
            "$out" => Path.Combine(_folder, "out"),
            "$empty" => Directory.CreateDirectory(Path.Combine(_folder, "empty")).FullName,
            "$photos" => Programs.TeapotPhotos,
            "$photos-alone" => photosAlone,
            "$photo" => Path.Combine(photosAlone, "1.png"),
            _ => a,
        });
        var (code, output) = await RunAsync([.. given]);
        Assert.Equal(2, code);
        Assert.Contains(expected, Assert.Single(output.Split('\n'), line => line.StartsWith("vico: ", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_training_over_one_photo_from_an_unknown_word_says_what_it_makes_of_them()
    {
        var photos = Directory.CreateDirectory(Path.Combine(_folder, "one")).FullName;
        File.Copy(Path.Combine(Programs.TeapotPhotos, "1.png"), Path.Combine(photos, "1.png"));
        var (code, output) = await RunAsync(
            "train", "--photos", photos, "--init-word", "zyzzyva", "--out", Path.Combine(_folder, "out"), "--steps", "1", "--switch",
            "mask=post_softmax");
        Assert.Equal(0, code);
        Assert.Contains("'zyzzyva'", output, StringComparison.Ordinal);
        Assert.Contains("One photo", output, StringComparison.Ordinal);
        Assert.Contains("never seen a photograph", string.Join(' ', output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)),
            StringComparison.Ordinal);
        Assert.Contains("\"Mask\": \"post_softmax\"",
            await File.ReadAllTextAsync(Path.Combine(_folder, "out", "concept.json"), TestContext.Current.CancellationToken),
            StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_damaged_photo_is_named()
    {
        var photos = Directory.CreateDirectory(Path.Combine(_folder, "damaged")).FullName;
        await File.WriteAllTextAsync(Path.Combine(photos, "holiday.jpg"), "not a picture", TestContext.Current.CancellationToken);
        var (code, output) = await RunAsync("train", "--photos", photos, "--init-word", "teapot", "--out", Path.Combine(_folder, "out"));
        Assert.Equal(2, code);
        Assert.Contains("holiday.jpg", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_concept_is_trained_resumed_and_drawn_in_its_folder()
    {
        var concept = Path.Combine(_folder, "teapot");
        string[] train =
        [
            "train", "--photos", Programs.TeapotPhotos, "--init-word", "teapot", "--engine", "rehearsal", "--out", concept, "--steps", "60",
        ];
        Assert.Equal(0, (await RunAsync(train)).Code);
        Assert.Equal(["step-000050.safetensors", "step-000060.safetensors"], Files("checkpoints"));
        Assert.Equal(6, Files("references").Count);
        Assert.Equal(60, File.ReadLines(Path.Combine(concept, "losses.csv")).Count());
        Assert.True(Files("resume").Count is 1 or 2, "the newest two resume points are kept");

        // The work of the last steps is lost, and done again from the newest resume point to the same bytes.
        var last = Path.Combine(concept, "checkpoints", "step-000060.safetensors");
        var bytes = await File.ReadAllBytesAsync(last, TestContext.Current.CancellationToken);
        File.Delete(last);
        foreach (var late in Files("resume").Where(f => string.CompareOrdinal(f, "step-000050.resume") > 0)) File.Delete(
            Path.Combine(concept, "resume", late));
        Assert.Equal(0, (await RunAsync(train)).Code);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(last, TestContext.Current.CancellationToken));
        Assert.Equal(60, File.ReadLines(Path.Combine(concept, "losses.csv")).Count());

        var (code, output) = await RunAsync([.. train, "--seed", "7"]);
        Assert.Equal(2, code);
        Assert.Contains("holds another training", output, StringComparison.Ordinal);

        string[] sample = ["sample", "--concept", concept, "--prompt", "a photo of a * on the beach", "--engine", "rehearsal", "--count",
            "2"];
        Assert.Equal(0, (await RunAsync(sample)).Code);
        Assert.Equal(["a-photo-of-a-x-on-the-beach-seed42.png", "a-photo-of-a-x-on-the-beach-seed43.png"], Files("pictures"));

        (code, output) = await RunAsync([.. sample, "--checkpoint", "30"]);
        Assert.Equal(2, code);
        Assert.Contains("Checkpoint 30 is not in", output, StringComparison.Ordinal);
        Assert.Contains("there are: 50, 60", output, StringComparison.Ordinal);

        List<string> Files(string folder) =>
            [.. Directory.EnumerateFiles(Path.Combine(concept, folder)).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Checkpoint_and_references_are_the_requests_choice_and_a_prompt_without_the_object_is_warned_of()
    {
        var concept = Path.Combine(_folder, "teapot");
        var unseen = Path.Combine(_folder, "unseen.png");
        File.Copy(Path.Combine(Programs.TeapotPhotos, "..", "..", "backpack", "photos", "1.png"), unseen);
        Assert.Equal(0,
            (await RunAsync("train", "--photos", Programs.TeapotPhotos, "--init-word", "teapot", "--engine", "rehearsal", "--out", concept,
            "--steps", "60")).Code);

        string[] sample = ["sample", "--concept", concept, "--prompt", "a *", "--engine", "rehearsal", "--count", "1", "--sampling-steps",
            "1"];
        var pictures = new List<string>();
        foreach (var choice in new[] { "", "--checkpoint 50", "--reference 3.png", "--reference 1.png --reference 3.png",
            $"--reference {unseen}", "--checkpoint 60 --reference 1.png" })
        {
            var folder = Path.Combine(concept, $"pictures-{pictures.Count}");
            Assert.Equal(0, (await RunAsync([.. sample, "--out", folder, .. choice.Split(' ', StringSplitOptions.RemoveEmptyEntries)]))
                .Code);
            pictures.Add(Convert.ToHexString(
                await File.ReadAllBytesAsync(Path.Combine(folder, "a-x-seed42.png"), TestContext.Current.CancellationToken)));
        }
        Assert.Equal(pictures[0], pictures[^1]);             // the newest checkpoint and the first photo, unless asked otherwise
        Assert.Equal(5, pictures.Distinct().Count());

        var (code, output) =
            await RunAsync("sample", "--concept", concept, "--prompt", "a teapot", "--engine", "rehearsal", "--count", "1");
        Assert.Equal(0, code);
        Assert.Contains("holds no placeholder", output, StringComparison.Ordinal);
        (code, output) = await RunAsync([.. sample, "--reference", "9.png"]);
        Assert.Equal(2, code);
        Assert.Contains("'9.png' is neither a file nor one of the concept's photos", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_objects_are_trained_resumed_and_drawn_in_one_folder()
    {
        var concept = Path.Combine(_folder, "pair");
        var backpack = Path.Combine(Programs.TeapotPhotos, "..", "..", "backpack", "photos");
        string[] train =
        [
            "train", "--photos", Programs.TeapotPhotos, "--init-word", "teapot", "--photos", backpack, "--init-word", "backpack", "--out",
            concept,
            "--engine", "rehearsal", "--steps", "50",
        ];
        var (code, output) = await RunAsync(train);
        Assert.Equal(0, code);
        Assert.Contains("a photo of a <1> and a <2>", output, StringComparison.Ordinal);
        Assert.Equal(6, Directory.GetFiles(Path.Combine(concept, "references", "1")).Length);
        Assert.Equal(6, Directory.GetFiles(Path.Combine(concept, "references", "2")).Length);

        (code, output) = await RunAsync(train);
        Assert.Equal(0, code);
        Assert.Contains("Going on from step 50", output, StringComparison.Ordinal);
        (code, output) = await RunAsync([.. train.Select(a => a == "backpack" ? "bag" : a)]);
        Assert.Equal(2, code);
        Assert.Contains("init word teapot, backpack, not teapot, bag", output, StringComparison.Ordinal);

        string[] sample = ["sample", "--concept", concept, "--prompt", "<1> and <2>", "--engine", "rehearsal", "--count", "1",
            "--sampling-steps", "1"];
        var pictures = new List<string>();
        foreach (var choice in new[] { "", "--reference 2:3.png", "--reference 1:3.png", $"--reference 1:{Path.Combine(backpack, "3.png")}",
            "--reference 1:1.png --reference 2:1.png" })
        {
            var folder = Path.Combine(concept, $"pictures-{pictures.Count}");
            Assert.Equal(0, (await RunAsync([.. sample, "--out", folder, .. choice.Split(' ', StringSplitOptions.RemoveEmptyEntries)]))
                .Code);
            pictures.Add(Convert.ToHexString(
                await File.ReadAllBytesAsync(Path.Combine(folder, "1-and-2-seed42.png"), TestContext.Current.CancellationToken)));
        }
        Assert.Equal(pictures[0], pictures[^1]);             // each object's first photo, unless asked otherwise
        Assert.Equal(4, pictures.Distinct().Count());

        // A prompt that names one of them looks at that one's photo only.
        string[] second = [.. sample.Select(a => a == "<1> and <2>" ? "<2>" : a)];
        var alone = new List<string>();
        foreach (var choice in new[] { "", "--reference 2:1.png", "--reference 1:1.png --reference 2:1.png" })
        {
            var folder = Path.Combine(_folder, $"second-{alone.Count}");
            Assert.Equal(0, (await RunAsync([.. second, "--out", folder, .. choice.Split(' ', StringSplitOptions.RemoveEmptyEntries)]))
                .Code);
            alone.Add(Convert.ToHexString(
                await File.ReadAllBytesAsync(Path.Combine(folder, "2-seed42.png"), TestContext.Current.CancellationToken)));
        }
        Assert.Equal(alone[0], alone[1]);
        Assert.NotEqual(alone[0], alone[2]);

        foreach (var odd in new[] { "3.png", "3:3.png", "0:3.png" })
        {
            (code, output) = await RunAsync([.. sample, "--reference", odd]);
            Assert.Equal(2, code);
            Assert.Contains("does not say which of the 2 objects it shows", output, StringComparison.Ordinal);
        }
    }

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

    [Fact]
    public async Task Two_hosts_do_not_share_a_data_folder()
    {
        await using var first = await UpHost.StartAsync(_folder, "--engine", "rehearsal");
        var (code, output) = await RunAsync("up", "--data", _folder, "--engine", "rehearsal", "--urls", "http://127.0.0.1:0");
        Assert.Equal(2, code);
        Assert.Contains("is in use by another vico", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_platforms_engine_is_told_where_to_compute_and_one_that_does_not_load_ends_it()
    {
        var (code, output) = await RunAsync("up", "--data", _folder, "--urls", "http://127.0.0.1:0", "--device", "nowhere");
        Assert.Equal(1, code);
        Assert.Contains("Device is 'nowhere'; wanted cpu, or cuda:0 and so on.", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("up")]
    [InlineData("demo")]
    [InlineData("train")]
    [InlineData("sample")]
    [InlineData("inspect")]
    [InlineData("eval")]
    [InlineData("doctor")]
    [InlineData("test")]
    [InlineData("models")]
    [InlineData("models pull")]
    [InlineData("models list")]
    [InlineData("models verify")]
    [InlineData("models convert")]
    [InlineData("concepts convert")]
    public async Task Help_teaches_by_examples(string verb)
    {
        var (code, output) = await RunAsync([.. verb.Split(' '), "--help"]);
        Assert.Equal(0, code);
        Assert.Contains($"Examples:\n  vico {verb}", output, StringComparison.Ordinal);
    }
}
