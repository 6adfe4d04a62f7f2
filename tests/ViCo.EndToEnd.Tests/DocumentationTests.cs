using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>The lines to try of docs/engine.md work as they stand there, in the order of the page.</summary>
public sealed partial class DocumentationTests : IDisposable
{
    private static readonly Dictionary<string, string> Exempt = new()
    {
        ["vico models convert v1-5.ckpt --out models/sd15"] =
            "only Stable Diffusion's own file of 4 GB goes without --config; SingleFileModelTests reads one of that size",
    };

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-docs-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Every_line_to_try_works()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("VICO_LONG") is "1", "It takes minutes; set VICO_LONG=1 to run it.");
        var lines = LinesToTry(
            await File.ReadAllLinesAsync(Path.Combine(Programs.Repository, "docs", "engine.md"), TestContext.Current.CancellationToken));
        Assert.Empty(Exempt.Keys.Except(lines));
        Assert.InRange(lines.Count, 20, 100);
        PrepareFolder();

        var broken = new List<string>();
        foreach (var line in lines.Except(Exempt.Keys))
        {
            var (code, output) = line.StartsWith("curl ", StringComparison.Ordinal) ? await RunOnServerAsync(line)
                : await RunAsync(Shortened(line));
            TestContext.Current.TestOutputHelper?.WriteLine($"{code}  {line}");
            if (code != 0) broken.Add($"{line}\nended with {code} and said:\n{output}");
        }

        Assert.True(broken.Count == 0, string.Join("\n\n", broken));
    }

    /// <summary>Cells of tables that are code, and lines of code blocks, where they start a program.</summary>
    private static List<string> LinesToTry(string[] page)
    {
        var (lines, isCode) = (new List<string>(), false);
        foreach (var line in page)
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isCode = !isCode;
            else if (isCode && Program().IsMatch(line)) lines.Add(line);
            else if (line.StartsWith('|')) lines.AddRange(Code().Matches(line).Select(m => m.Groups[1].Value)
                .Where(cell => Program().IsMatch(cell)));
        }

        return lines;
    }

    /// <summary>Fewer steps, where the line leaves their number open; one training has the 200 that a later line asks for.</summary>
    private static string Shortened(string line) => line switch
    {
        _ when line.Contains("steps ", StringComparison.Ordinal) => line,
        _ when line.EndsWith("--out out/teapot", StringComparison.Ordinal) && line.StartsWith("vico train", StringComparison.Ordinal) =>
            $"{line} --steps 200 --batch-size 1 --preview-every 0",
        _ when line.StartsWith("vico train", StringComparison.Ordinal) => $"{line} --steps 2 --preview-every 0",
        _ when line.StartsWith("vico sample", StringComparison.Ordinal) => $"{line} --sampling-steps 2",
        _ => line,
    };

    /// <summary>What the page takes for granted: samples, base models, somebody's photos and somebody's embedding.</summary>
    private void PrepareFolder()
    {
        Directory.CreateSymbolicLink(PathOf("samples"), Path.Combine(Programs.Repository, "samples"));
        Directory.CreateDirectory(PathOf("models"));
        Directory.CreateSymbolicLink(PathOf("models", "toybox"), Programs.Toybox);
        // In Stable Diffusion's place a model of its kind and of a size that runs here.
        Directory.CreateSymbolicLink(PathOf("models", "sd15"), Programs.Toybox);
        Directory.CreateDirectory(PathOf("home", "one"));
        File.Copy(Path.Combine(Programs.TeapotPhotos, "1.png"), PathOf("home", "one", "1.png"));
        File.Copy(Path.Combine(Programs.Repository, "samples", "backpack", "photos", "1.png"), PathOf("home", "another.jpg"));
        WriteBareTensor(PathOf("cat.pt"), width: 128);
    }

    /// <summary>A float32 tensor [1, width] of zeros, as torch.save writes it.</summary>
    private static void WriteBareTensor(string file, byte width)
    {
        byte[] pickle =
        [
            0x80, 2, .. "ctorch._utils\n_rebuild_tensor_v2\n(("u8, .. Text("storage"), .. "ctorch\nFloatStorage\n"u8, .. Text("0"),
            .. Text("cpu"), (byte)'K', width,
            .. "tQK\0K\u0001K"u8, width, 0x86, (byte)'K', width, .. "K\u0001"u8, 0x86, 0x89, .. "ccollections\nOrderedDict\n)RtR."u8,
        ];
        using var zip = ZipFile.Open(file, ZipArchiveMode.Create);
        foreach (var (name, content) in new[] { ("data.pkl", pickle), ("data/0", new byte[4 * width]), ("version", "3\n"u8.ToArray()) })
        {
            using var entry = zip.CreateEntry($"archive/{name}", CompressionLevel.NoCompression).Open();
            entry.Write(content);
        }

        static byte[] Text(string text) => [(byte)'X', (byte)text.Length, 0, 0, 0, .. Encoding.ASCII.GetBytes(text)];
    }

    private async Task<(int Code, string Output)> RunAsync(string line, params (string, string)[] environment)
    {
        var path = $"{Path.GetDirectoryName(Programs.Vico)}{Path.PathSeparator}{Environment.GetEnvironmentVariable("PATH")}";
        await using var shell =
            Child.Start("bash", ["-c", line], [("PATH", path), ("HOME", PathOf("home")), ("VICO_ROOT", _folder), .. environment], _folder);
        var code = await shell.WaitForExitAsync(TimeSpan.FromMinutes(10));
        return (code, shell.Output);
    }

    /// <summary>Against <c>vico up</c> with a trained concept, whose names take the places of those in the line.</summary>
    private async Task<(int Code, string Output)> RunOnServerAsync(string line)
    {
        await using var host = await UpHost.StartAsync(PathOf("data"), "--engine", "rehearsal");
        if (line.Contains("/concepts/ID/", StringComparison.Ordinal)) return await AskAsync(
            line.Replace("/ID/", $"/{await host.User.CreatePairAsync()}/", StringComparison.Ordinal));
        var concept = await host.User.CreateTeapotAsync();
        await host.WaitForEndAsync(await host.User.TrainAsync(concept, 200), TimeSpan.FromMinutes(2));
        var photo = (await host.User.ConceptAsync(concept))["photos"]![0]!["id"]!.GetValue<string>();
        return await AskAsync(line.Replace("\"ID\"", $"\"{concept}\"", StringComparison.Ordinal)
            .Replace("\"PHOTO\"", $"\"{photo}\"", StringComparison.Ordinal));

        Task<(int Code, string Output)> AskAsync(string asked) => RunAsync(
            $"{asked} --fail-with-body -sS",
            ("VICO", host.Address.ToString().TrimEnd('/')), ("KEY", host.Key));
    }

    private string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([_folder, .. parts]);

    [GeneratedRegex("^(vico|curl) ")]
    private static partial Regex Program();

    [GeneratedRegex("`([^`]+)`")]
    private static partial Regex Code();
}
