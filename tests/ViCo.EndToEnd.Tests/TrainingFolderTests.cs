using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary>What <c>vico train</c> makes of the folder that it is given again, and of photos as they lie on people's disks.</summary>
public sealed class TrainingFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-folder-").FullName;

    private string Photos => Path.Combine(_folder, "photos");

    private string Concept => Path.Combine(_folder, "concept");

    public TrainingFolderTests()
    {
        Directory.CreateDirectory(Photos);
        for (var i = 1; i <= 4; i++) File.Copy(Path.Combine(Programs.TeapotPhotos, $"{i}.png"), Path.Combine(Photos, $"{i}.png"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task More_steps_in_the_same_folder_end_where_all_at_once_would()
    {
        await TrainAsync("--steps", "20");
        var more = await TrainAsync("--steps", "40", "--checkpoint-every", "7", "--preview-every", "0", "--half");
        Assert.Contains("Going on from step 20", more, StringComparison.Ordinal);
        await TrainAsync("--steps", "40", "--out", Path.Combine(_folder, "at-once"));
        Assert.Equal(File.ReadLines(Path.Combine(_folder, "at-once", "losses.csv")), File.ReadLines(Path.Combine(Concept, "losses.csv")));
        Assert.Equal(Tensors("at-once"), Tensors("concept"));

        var (code, refused) = await RunAsync([.. Line("--steps", "60", "--block-lr", "0.5")]);
        Assert.Equal(2, code);
        Assert.Contains("holds another training: blockLearningRate is the base model's default, not 0.5.", refused,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.2, 0.8)]
    [InlineData(0.8, 0.2)]
    public async Task The_line_of_the_loss_plot_stands_higher_where_losses_are_higher(double first, double second)
    {
        await TrainAsync("--steps", "40");
        await File.WriteAllLinesAsync(
            Path.Combine(Concept, "losses.csv"),
            Enumerable.Range(1, 40).Select(step => FormattableString.Invariant($"{step},{(step <= 20 ? first : second)}")),
            TestContext.Current.CancellationToken);
        await TrainAsync("--steps", "41");

        const int width = 960;
        byte[] colour = [0x2B, 0x6C, 0xB0];
        var rgb = PlainPng.Pixels(Path.Combine(Concept, "loss.png"));
        var line = Enumerable.Range(0, rgb.Length / 3).Where(i => rgb.AsSpan(3 * i, 3).SequenceEqual(colour))
            .Select(i => (X: i % width, Y: i / width)).ToList();
        Assert.InRange(line.Max(p => p.X) - line.Min(p => p.X), width / 2, width);
        // Rows are counted from above; of the plot's 480 the mean crosses some 180.
        var rises = line.MinBy(p => p.X).Y - line.MaxBy(p => p.X).Y;
        Assert.InRange(first < second ? rises : -rises, 100, 300);
    }

    [Fact]
    public async Task A_branch_begins_at_a_resume_point_of_another_training_with_what_it_is_given()
    {
        await TrainAsync("--steps", "20", "--resume-every", "10");
        var branch = Path.Combine(_folder, "branch");
        var (code, output) =
            await RunAsync("train", "--engine", "rehearsal", "--from", $"{Concept}:10", "--seed", "7", "--steps", "15", "--out", branch);
        Assert.Equal((0, 5), (code, File.ReadLines(Path.Combine(branch, "losses.csv")).Count()));
        Assert.Contains("Going on from step 10", output, StringComparison.Ordinal);
        Assert.Equal(4, Directory.GetFiles(Path.Combine(branch, "references")).Length);
        Assert.Contains($"from {Concept}:10",
            await File.ReadAllTextAsync(Path.Combine(branch, "concept.json"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);

        var (none, refused) =
            await RunAsync("train", "--engine", "rehearsal", "--from", $"{Concept}:11", "--out", Path.Combine(_folder, "other"));
        Assert.Equal(2, none);
        Assert.Contains("has no resume point of step 11; there are: 20, 10", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_newest_resume_point_is_named_and_the_older_one_taken()
    {
        await TrainAsync("--steps", "20", "--resume-every", "10");
        var newest = Path.Combine(Concept, "resume", "step-000020.resume");
        await File.WriteAllTextAsync(newest, "{\"Request\":\"cut sh", TestContext.Current.CancellationToken);
        var output = await TrainAsync("--steps", "25", "--resume-every", "10");
        Assert.Contains("Going on from step 10", output, StringComparison.Ordinal);
        Assert.Contains("step-000020.resume' does not read", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_that_fails_leaves_a_folder_that_the_corrected_line_can_use()
    {
        await File.WriteAllBytesAsync(Path.Combine(Photos, "5.jpg"), [], TestContext.Current.CancellationToken);
        var (code, output) = await RunAsync([.. Line("--steps", "2")]);
        Assert.Equal(2, code);
        Assert.Contains("'5.jpg' is empty", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Concept));

        File.Delete(Path.Combine(Photos, "5.jpg"));
        await TrainAsync("--steps", "2");
        Assert.Equal(4, Directory.GetFiles(Path.Combine(Concept, "references")).Length);
    }

    [Fact]
    public async Task Photos_of_other_kinds_are_told_of_files_of_the_system_are_not_and_content_decides()
    {
        File.Move(Path.Combine(Photos, "4.png"), Path.Combine(Photos, "4.jfif"));
        foreach (var other in new[] { "IMG_1.HEIC", "IMG_2.heic", "x.bmp", "._1.png", ".DS_Store", "1.txt" })
            await File.WriteAllTextAsync(Path.Combine(Photos, other), "no picture", TestContext.Current.CancellationToken);
        var output = await TrainAsync("--steps", "1");
        Assert.Contains("3 files were left out", output, StringComparison.Ordinal);
        Assert.Contains("2 HEIC, 1 BMP", output, StringComparison.Ordinal);
        // 1.txt is the caption of 1.png.
        Assert.Equal(["1.png", "1.txt", "2.png", "3.png", "4.jfif"],
            Directory.GetFiles(Path.Combine(Concept, "references")).Select(Path.GetFileName)
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Two_trainings_do_not_share_a_folder_and_what_a_killed_one_left_is_swept()
    {
        var first = RunAsync([.. Line("--steps", "400")]);
        while (!File.Exists(Path.Combine(Concept, "losses.csv"))) await Task.Delay(20, TestContext.Current.CancellationToken);
        var left = Path.Combine(Concept, "resume", "step-000003.resume.28863794.part");
        await File.WriteAllTextAsync(left, "half", TestContext.Current.CancellationToken);
        var (code, output) = await RunAsync([.. Line("--steps", "400")]);
        Assert.Equal(2, code);
        Assert.Contains("Another vico train is at work in", output, StringComparison.Ordinal);
        Assert.Equal(0, (await first).Code);

        await TrainAsync("--steps", "401");
        Assert.False(File.Exists(left));
        Assert.Equal(Enumerable.Range(1, 401), File.ReadLines(Path.Combine(Concept, "losses.csv"))
            .Select(line => int.Parse(line.Split(',')[0])));
    }

    [Fact]
    public async Task Another_picture_of_the_same_prompt_and_seed_gets_a_name_of_its_own()
    {
        await TrainAsync("--steps", "1");
        foreach (var guidance in new[] { "2", "9", "2" })
        {
            var (code, _) = await RunAsync(
                "sample", "--engine", "rehearsal", "--concept", Concept, "--prompt", "a photo of a *", "--count", "1", "--sampling-steps",
                "2", "--guidance", guidance);
            Assert.Equal(0, code);
        }
        Assert.Equal(
            ["a-photo-of-a-x-seed42-2.png", "a-photo-of-a-x-seed42.png"],
            Directory.GetFiles(Path.Combine(Concept, "pictures")).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var (comma, refused) =
            await RunAsync("sample", "--engine", "rehearsal", "--concept", Concept, "--prompt", "a *", "--guidance", "7,5");
        Assert.Equal(2, comma);
        Assert.Contains("7.5", refused, StringComparison.Ordinal);
    }

    private IEnumerable<string> Line(params string[] more)
    {
        string[] output = more.Contains("--out") ? [] : ["--out", Concept];
        return ["train", "--engine", "rehearsal", "--photos", Photos, "--init-word", "teapot", .. output, .. more];
    }

    private async Task<string> TrainAsync(params string[] more)
    {
        var (code, output) = await RunAsync([.. Line(more)]);
        Assert.True(code == 0, output);
        return output;
    }

    /// <summary>The last bytes of the last checkpoint: the rehearsal engine's chain over all steps.</summary>
    private byte[] Tensors(string concept) =>
        File.ReadAllBytes(Directory.GetFiles(Path.Combine(_folder, concept, "checkpoints")).Order(StringComparer.Ordinal).Last())[^32..];
}
