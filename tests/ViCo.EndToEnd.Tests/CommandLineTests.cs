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
