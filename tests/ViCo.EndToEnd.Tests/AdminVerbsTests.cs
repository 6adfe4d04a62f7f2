using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using ViCo.EndToEnd.Tests.Processes;
using static ViCo.EndToEnd.Tests.Processes.CommandLine;

namespace ViCo.EndToEnd.Tests;

/// <summary><c>vico admin</c> over the data folder of commit 1341789, which holds something of every kind.</summary>
public sealed class AdminVerbsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-admin-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Data => Path.Combine(_folder, "data");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_old_folder_is_whole_and_what_is_damaged_is_named_and_comes_back_from_a_backup()
    {
        Directory.CreateDirectory(Data);
        await using (var tar = new GZipStream(
            File.OpenRead(Path.Combine(Programs.Repository, "tests", "fixtures", "store-1341789.tar.gz")), CompressionMode.Decompress))
            await TarFile.ExtractToDirectoryAsync(tar, Data, overwriteFiles: false, Stop);
        var report = await JsonAsync(0, "verify", "--data", Data);
        Assert.DoesNotContain(report["findings"]!.AsArray(), f => (string)f!["fault"]! is not "orphan");
        Assert.Equal((3, 12), ((int)report["concepts"]!, (int)report["jobs"]!));
        var backup = Path.Combine(_folder, "backup");
        Assert.Equal((int)report["blobs"]!, (int)(await JsonAsync(0, "backup", "--data", Data, "--to", backup))["blobs"]!);

        var concept = Directory.EnumerateFiles(Path.Combine(Data, "blobs", "state", "concept", "default")).Order().First();
        await File.WriteAllTextAsync(concept, "{\"writer", Stop);
        report = await JsonAsync(1, "verify", "--data", Data, "--quick");
        var name = Path.GetRelativePath(Path.Combine(Data, "blobs"), concept);
        Assert.Contains(report["findings"]!.AsArray(), f => (string)f!["fault"]! == "damaged" && (string)f["blob"]! == name);
        var (code, output) = await RunAsync("admin", "repair", "--data", Data);
        Assert.Equal(1, code);
        Assert.Contains(name, output, StringComparison.Ordinal);

        var again = Path.Combine(_folder, "again");
        await JsonAsync(0, "restore", "--from", backup, "--data", again);
        await JsonAsync(0, "verify", "--data", again);
        Assert.Equal(await GarbageAsync(backup), await GarbageAsync(again));
        Assert.True((bool)(await JsonAsync(0, "gc", "--data", again, "--delete"))["deleted"]!);
        Assert.Equal(0, await GarbageAsync(again));
        await JsonAsync(0, "verify", "--data", again);
    }

    [Fact]
    public async Task A_folder_that_is_none_and_one_in_use_are_refused_in_a_line()
    {
        Directory.CreateDirectory(Path.Combine(Data, "blobs"));
        using var held = new FileStream(Path.Combine(Data, "vico.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        foreach (var (verb, folder, words) in new[]
        {
            ("verify", _folder, "no data folder"), ("gc", Data, "in use"), ("repair", Data, "in use"),
        })
        {
            var (code, output) = await RunAsync("admin", verb, "--data", folder);
            Assert.Equal(2, code);
            Assert.Contains(words, Assert.Single(output.Split('\n'), line => line.StartsWith("vico: ", StringComparison.Ordinal)),
                StringComparison.Ordinal);
        }
        Assert.Equal(0, (await RunAsync("admin", "verify", "--data", Data)).Code);
    }

    private static async Task<int> GarbageAsync(string data) =>
        (await JsonAsync(0, "gc", "--data", data))["orphans"]!.AsArray().Count;

    private static async Task<JsonNode> JsonAsync(int code, params string[] arguments)
    {
        var (found, output) = await RunAsync(["admin", .. arguments, "--json"]);
        Assert.True(found == code, output);
        return JsonNode.Parse(output[output.IndexOf('{', StringComparison.Ordinal)..(output.LastIndexOf('}') + 1)])!;
    }
}
