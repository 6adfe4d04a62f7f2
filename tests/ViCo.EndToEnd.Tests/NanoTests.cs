using System.Text.Json;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The page that shows the whole method, docs/nano.cs, does what the engine does.</summary>
public sealed class NanoTests : IDisposable
{
    private static readonly string Page = Path.Combine(Programs.Repository, "docs", "nano.cs");

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-nano-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task After_three_steps_every_tensor_both_moments_and_the_picture_are_the_engines_bit_for_bit()
    {
        string photos = PathOf("photos"), concept = PathOf("concept"), nano = PathOf("nano");
        Directory.CreateDirectory(photos);
        foreach (var photo in Enumerable.Range(1, 5).Select(i => $"{i}.png")) File.Copy(Path.Combine(Programs.TeapotPhotos, photo),
            Path.Combine(photos, photo));
        await VicoAsync("train", "--photos", photos, "--init-word", "teapot", "--steps", "3", "--resume-every", "3", "--preview-every", "0",
            "--out", concept);
        await VicoAsync("sample", "--concept", concept, "--prompt", "a photo of a * on the beach", "--seed", "42", "--count", "1");

        await using var page = Child.Start(
            "dotnet", ["run", Page, "--steps", "3", "--out", nano],
            [("MSBUILDDISABLENODEREUSE", "1"), ("UseSharedCompilation", "false")], Programs.Repository);
        Assert.True(await page.WaitForExitAsync(TimeSpan.FromMinutes(5)) == 0, page.Output);

        var wanted = Tensors(Assert.Single(Directory.GetFiles(Path.Combine(concept, "resume"))));
        var found = Tensors(Path.Combine(nano, "concept.safetensors"));
        Assert.Equal(3 * (1 + 80), found.Count);                   // S★ and the image blocks, each with two moments
        Assert.Equal(wanted.Keys.Order(StringComparer.Ordinal), found.Keys.Order(StringComparer.Ordinal));
        Assert.Empty(wanted.Where(tensor => !tensor.Value.AsSpan().SequenceEqual(found[tensor.Key])).Select(tensor => tensor.Key));
        Assert.Equal(
            PlainPng.Pixels(Assert.Single(Directory.GetFiles(Path.Combine(concept, "pictures")))),
            PlainPng.Pixels(Path.Combine(nano, "picture.png")));
    }

    [Fact]
    public async Task It_is_one_page_and_uses_nothing_of_ours()
    {
        var lines = await File.ReadAllLinesAsync(Page, TestContext.Current.CancellationToken);
        Assert.InRange(lines.Length, 1, 300);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, 140));
        Assert.DoesNotContain(lines, line => line.StartsWith("#:project", StringComparison.Ordinal)
            || line.StartsWith("using ViCo", StringComparison.Ordinal));
    }

    private static async Task VicoAsync(params string[] arguments)
    {
        var (code, output) = await CommandLine.RunAsync(arguments);
        Assert.True(code == 0, output);
    }

    /// <summary>The bytes of each tensor of a safetensors file.</summary>
    private static Dictionary<string, byte[]> Tensors(string path)
    {
        var file = File.ReadAllBytes(path);
        var numbers = 8 + BitConverter.ToInt32(file);
        using var header = JsonDocument.Parse(file.AsMemory(8..numbers));
        return header.RootElement.EnumerateObject().Where(entry => entry.Name != "__metadata__").ToDictionary(entry => entry.Name, entry =>
        {
            var offsets = entry.Value.GetProperty("data_offsets");
            return file[(numbers + offsets[0].GetInt32())..(numbers + offsets[1].GetInt32())];
        });
    }

    private string PathOf(string name) => Path.Combine(_folder, name);
}
