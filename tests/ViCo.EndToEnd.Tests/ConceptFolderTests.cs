using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary>The command line trains concepts into folders, goes on with them there and draws from them.</summary>
public sealed class ConceptFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

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
}
