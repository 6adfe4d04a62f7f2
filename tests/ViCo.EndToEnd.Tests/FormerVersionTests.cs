using System.Buffers.Binary;
using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ViCo.EndToEnd.Tests.Processes;

namespace ViCo.EndToEnd.Tests;

/// <summary>What users of commit 1341789 left on their disks loads and goes on (<c>tests/fixtures/README.md</c>).</summary>
public sealed class FormerVersionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-former-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_platform_lists_everything_of_an_old_store_and_goes_on_with_what_was_under_way()
    {
        await using (var tar = new GZipStream(File.OpenRead(Fixture("store-1341789.tar.gz")), CompressionMode.Decompress))
            await TarFile.ExtractToDirectoryAsync(tar, _folder, overwriteFiles: false, Stop);
        var former = JsonNode.Parse(await File.ReadAllTextAsync(Fixture("store-1341789.json"), Stop))!;
        await using var host = await UpHost.StartAsync(_folder, "--engine", "rehearsal");
        var user = host.User;
        foreach (var job in new[] { "third", "queued", "waiting" })
            await host.WaitForEndAsync(former["made"]![job]!.GetValue<string>(), TimeSpan.FromMinutes(1));

        var listed = (await user.GetAsync("/concepts"))["concepts"]!.AsArray();
        Assert.Equal(Texts(former["concepts"]!, "id"), Texts(listed, "id"));
        foreach (var concept in former["concepts"]!.AsArray().Select(c => c!))
        {
            var found = await user.ConceptAsync(concept["id"]!.GetValue<string>());
            Assert.Equal(concept["name"]!.GetValue<string>(), found["name"]!.GetValue<string>());
            Assert.Equal(concept["objects"]!.AsArray().Select(o => o!.GetValue<string>()), Texts(found["objects"]!, "initWord"));
            Assert.Equal(concept["photos"]!.AsArray().Select(p => p!.GetValue<string>()), Texts(found["photos"]!, "id"));
            foreach (var photo in found["photos"]!.AsArray())
                Assert.Equal(photo!["bytes"]!.GetValue<int>(), (await user.BytesAsync(photo["url"]!.GetValue<string>())).Length);
            foreach (var checkpoint in concept["checkpoints"]!.AsArray().Select(c => c!))
            {
                var step = checkpoint["step"]!.GetValue<int>();
                var now = Assert.Single(found["checkpoints"]!.AsArray(), c => c!["step"]!.GetValue<int>() == step)!;
                // The pair's last was begun now, and the rehearsal engine begins elsewhere than it did.
                if (concept["id"]!.GetValue<string>() == former["made"]!["pair"]!.GetValue<string>() && step == 20) continue;
                // Of the others, the last were made now, from where the former version had come: bit for bit what it would have made.
                if (now["digest"]!.GetValue<string>() != checkpoint["digest"]!.GetValue<string>())
                    Assert.Equal(checkpoint["digest"]!.GetValue<string>(),
                        FormerDigest(await user.BytesAsync(now["url"]!.GetValue<string>())));
            }
        }

        var jobs = (await user.GetAsync("/jobs?limit=200"))["jobs"]!.AsArray();
        Assert.Equal(Texts(former["jobs"]!, "id"), Texts(jobs, "id"));
        foreach (var (job, found) in former["jobs"]!.AsArray().Zip(jobs))
        {
            foreach (var field in new[] { "kind", "conceptId", "state", "steps", "prompt", "error" })
                Assert.Equal(job![field]?.ToJsonString(), found![field]?.ToJsonString());
            Assert.Equal(job!["images"]!.AsObject().Select(i => i.Key), found!["images"]!.AsArray().Select(i => i!.GetValue<string>()));
            // Which checkpoint the waiting picture takes depends on when it is drawn.
            if (job["id"]!.GetValue<string>() == former["made"]!["waiting"]!.GetValue<string>()) continue;
            foreach (var (image, digest) in job["images"]!.AsObject())
            {
                var png = await user.BytesAsync($"/images/{image}");
                Assert.Equal(digest!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(png)));
            }
        }
        TrainingLog.AssertWhole(await user.EventsAsync(former["made"]!["third"]!.GetValue<string>()), 160);

        // Each training is a run, and the checkpoints that a later one's steps hid are found again.
        var teapot = former["made"]!["teapot"]!.GetValue<string>();
        var runs = (await user.GetAsync($"/concepts/{teapot}/runs"))["runs"]!.AsArray();
        var trainings = former["jobs"]!.AsArray()
            .Where(j => j!["kind"]!.GetValue<string>() == "training" && j["conceptId"]!.GetValue<string>() == teapot);
        Assert.Equal(trainings.Select(j => j!["id"]!.GetValue<string>()), Texts(runs, "id"));
        var (first, second) = (runs[^1]!["checkpoints"]!.AsArray(), runs[^2]!["checkpoints"]!.AsArray());
        Assert.Equal([50, 60], first.Select(c => c!["step"]!.GetValue<int>()));
        Assert.Equal([50, 60], second.Select(c => c!["step"]!.GetValue<int>()));
        foreach (var checkpoint in first.Concat(second))
        {
            var bytes = await user.BytesAsync(checkpoint!["url"]!.GetValue<string>());
            Assert.Equal(checkpoint["digest"]!.GetValue<string>(), Convert.ToHexStringLower(SHA256.HashData(bytes)));
        }

        // Every picture is listed, those of jobs of before too.
        var pictures = (await user.GetAsync("/images?limit=200"))["images"]!.AsArray();
        Assert.Equal(jobs.SelectMany(j => j!["images"]!.AsArray()).Select(i => i!.GetValue<string>()), Texts(pictures, "id"));

        // An answer that was given before is given again.
        var again = await user.PostOnceAsync($"/concepts/{teapot}/trainings", """{"steps": 60, "seed": 1}""", "training-1");
        Assert.Equal(former["made"]!["first"]!.GetValue<string>(), again["id"]!.GetValue<string>());
        var created = await user.PostOnceAsync("/concepts", """{"name": "teapot", "initWord": "teapot"}""", "concept-teapot");
        Assert.Equal(teapot, created["id"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_paused_training_in_a_folder_goes_on_to_the_numbers_of_one_that_was_never_paused()
    {
        var (paused, twin) = (Fixture("training-1341789/paused"), Fixture("training-1341789/unbroken"));
        var concept = Path.Combine(_folder, "teapot");
        foreach (var file in Directory.EnumerateFiles(paused, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(concept, Path.GetRelativePath(paused, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        Directory.CreateDirectory(Path.Combine(concept, "checkpoints"));

        var (code, output) = await CommandLine.RunAsync(
            "train", "--photos", Path.Combine(paused, "references"), "--init-word", "teapot", "--out", concept, "--steps", "8",
            "--batch-size", "2", "--seed", "11", "--resume-every", "1", "--checkpoint-every", "8", "--preview-every", "0", "--switch",
            "layers=10,14", "--switch", "flip=0.5", "--regularization", "0.05", "--embedding-lr", "0.01", "--block-lr", "0.003");

        Assert.True(code == 0, output);
        Assert.Contains("step 4/8", output, StringComparison.Ordinal);
        Assert.DoesNotContain("step 3/8", output, StringComparison.Ordinal);
        // Bit for bit on the processor that made the fixture; another rounds otherwise.
        foreach (var (wanted, found) in Losses(twin).Zip(Losses(concept))) Assert.Equal(1, found / wanted, 1e-5);
        Assert.Equal(8, Losses(concept).Count);
        const string last = "step-000008.safetensors";
        var (expected, ours) = (Tensors(Path.Combine(twin, last)), Tensors(Path.Combine(concept, "checkpoints", last)));
        Assert.Equal(41, expected.Count);
        Assert.Equal(expected.Keys.Order(), ours.Keys.Order());
        foreach (var (key, numbers) in expected)
            Assert.True(Deviation(numbers, ours[key]) < 1e-4, $"{key} is off by {Deviation(numbers, ours[key]):g3}");
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"bit for bit: {expected.Count(e => e.Value.SequenceEqual(ours[e.Key]))} of {expected.Count} tensors");
    }

    /// <summary>The digest that a checkpoint would have if its options still said every how many steps there is a resume point.</summary>
    private static string FormerDigest(byte[] checkpoint)
    {
        const string before = "checkpointEvery\\u0022:50,", said = before + "\\u0022resumeEvery\\u0022:25,";
        var data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(checkpoint);
        var header = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(checkpoint, 8, data - 8)
            .Replace(before, said, StringComparison.Ordinal));
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        return Convert.ToHexStringLower(SHA256.HashData([.. length, .. header, .. checkpoint[data..]]));
    }

    private static string Fixture(string name) => Path.Combine(Programs.Repository, "tests", "fixtures", name);

    private static IEnumerable<string> Texts(JsonNode array, string field) => array.AsArray().Select(e => e![field]!.GetValue<string>());

    private static List<double> Losses(string folder) =>
        [.. File.ReadLines(Path.Combine(folder, "losses.csv")).Select(l => double.Parse(l.Split(',')[1], CultureInfo.InvariantCulture))];

    /// <summary>The float32 tensors of a safetensors file.</summary>
    private static Dictionary<string, float[]> Tensors(string path)
    {
        var bytes = File.ReadAllBytes(path);
        var data = 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        using var header = JsonDocument.Parse(bytes.AsMemory(8, data - 8));
        return header.RootElement.EnumerateObject().Where(t => t.Name != "__metadata__").ToDictionary(t => t.Name, t =>
        {
            var at = t.Value.GetProperty("data_offsets");
            return MemoryMarshal.Cast<byte, float>(bytes.AsSpan(data)[at[0].GetInt32()..at[1].GetInt32()]).ToArray();
        });
    }

    private static double Deviation(float[] wanted, float[] found) =>
        Math.Sqrt(wanted.Zip(found).Sum(p => Math.Pow(p.First - p.Second, 2)) / Math.Max(wanted.Sum(w => w * (double)w), 1e-12));
}
