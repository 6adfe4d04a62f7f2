using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary><c>vico demo</c>: from photos to pictures through a platform of its own.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-demo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_demo_learns_the_sample_draws_every_prompt_and_leaves_what_it_made()
    {
        var (code, output) = await RunAsync(
            "demo", "--engine", "rehearsal", "--steps", "5", "--count", "2", "--seed", "3", "--out", _folder,
            "--prompt", "a photo of a * on the beach", "--prompt", "a * in the snow");
        Assert.True(code == 0, output);
        Assert.Contains("took start the platform", output, StringComparison.Ordinal);
        foreach (var file in new[] { "contact-sheet.png", "loss.png", "step-000005.safetensors" })
            Assert.True(new FileInfo(Path.Combine(_folder, file)).Length > 0, file);
        Assert.Equal(
            ["a-photo-of-a-x-on-the-beach-seed3.png", "a-photo-of-a-x-on-the-beach-seed4.png", "a-x-in-the-snow-seed3.png",
                "a-x-in-the-snow-seed4.png"],
            Directory.EnumerateFiles(Path.Combine(_folder, "pictures")).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }
}
