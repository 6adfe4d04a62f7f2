using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The command line answers bad input with one line that says what was found and wanted, and with exit code 2.</summary>
public sealed class CommandLineTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-cli-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("There is no folder", "train", "--photos", "/no/such/folder", "--init-word", "teapot", "--out", "$out")]
    [InlineData("holds no photo", "train", "--photos", "$empty", "--init-word", "teapot", "--out", "$out")]
    [InlineData("--steps is 0; 1 to 100000 is wanted", "train", "--photos", "$photos", "--init-word", "teapot", "--out", "$out", "--steps", "0")]
    [InlineData("'--init-word' is required", "train", "--photos", "$photos", "--out", "$out")]
    [InlineData("is no trained concept", "sample", "--concept", "/no/such/concept", "--prompt", "a photo of a *")]
    [InlineData("belong to a trained concept", "sample", "--prompt", "a photo of a *", "--checkpoint", "50")]
    [InlineData("neither a diffusers folder", "sample", "--prompt", "a photo", "--model", "no-such-model")]
    [InlineData("--init-word is missing", "demo", "--photos", "$photos-alone")]
    [InlineData("There is no folder", "test", "--goldens", "/no/such/goldens")]
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
            _ => a,
        });
        var (code, output) = await RunAsync([.. given]);
        Assert.Equal(2, code);
        Assert.Contains(expected, Assert.Single(output.Split('\n'), line => line.StartsWith("vico: ", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_init_word_that_the_vocabulary_does_not_know_is_named()
    {
        var (code, output) = await RunAsync(
            "train", "--photos", Programs.TeapotPhotos, "--init-word", "zyzzyva", "--out", Path.Combine(_folder, "out"), "--steps", "1");
        Assert.Equal(2, code);
        Assert.Contains("zyzzyva", output, StringComparison.Ordinal);
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
        foreach (var late in Files("resume").Where(f => string.CompareOrdinal(f, "step-000050.resume") > 0)) File.Delete(Path.Combine(concept, "resume", late));
        Assert.Equal(0, (await RunAsync(train)).Code);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(last, TestContext.Current.CancellationToken));
        Assert.Equal(60, File.ReadLines(Path.Combine(concept, "losses.csv")).Count());

        var (code, output) = await RunAsync([.. train, "--seed", "7"]);
        Assert.Equal(2, code);
        Assert.Contains("holds another training", output, StringComparison.Ordinal);

        string[] sample = ["sample", "--concept", concept, "--prompt", "a photo of a * on the beach", "--engine", "rehearsal", "--count", "2"];
        Assert.Equal(0, (await RunAsync(sample)).Code);
        Assert.Equal(["a-photo-of-a-x-on-the-beach-seed42.png", "a-photo-of-a-x-on-the-beach-seed43.png"], Files("pictures"));

        (code, output) = await RunAsync([.. sample, "--checkpoint", "30"]);
        Assert.Equal(2, code);
        Assert.Contains("Checkpoint 30 is not in", output, StringComparison.Ordinal);
        Assert.Contains("there are: 50, 60", output, StringComparison.Ordinal);

        List<string> Files(string folder) => [.. Directory.EnumerateFiles(Path.Combine(concept, folder)).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Two_hosts_do_not_share_a_data_folder()
    {
        await using var first = await UpHost.StartAsync(_folder, "--engine", "rehearsal");
        var (code, output) = await RunAsync("up", "--data", _folder, "--engine", "rehearsal", "--urls", "http://127.0.0.1:0");
        Assert.Equal(2, code);
        Assert.Contains("is in use by another vico", output, StringComparison.Ordinal);
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
    public async Task Help_teaches_by_examples(string verb)
    {
        var (code, output) = await RunAsync(verb, "--help");
        Assert.Equal(0, code);
        Assert.Contains($"Examples:\n  vico {verb}", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        await using var process = Child.Start(Programs.Vico, arguments, [("VICO_ROOT", Programs.Repository)]);
        var code = await process.WaitForExitAsync(TimeSpan.FromMinutes(2));
        return (code, process.Output);
    }
}
