using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ViCo.Engine.Checkpoints;

namespace ViCo.Engine.Tests.Checkpoints.ModelDownload;

/// <summary>Pulling models from a server that drops connections, lies about lengths and serves wrong bytes.</summary>
public sealed class ModelStoreTests : IAsyncDisposable
{
    private const string Id = "owner/toy-model";
    private const string Commit = "0123456789abcdef0123456789abcdef01234567";
    private const string Unet = "unet/diffusion_pytorch_model.safetensors";

    private static readonly string Toybox = Repository.PathOf("models", "toybox");

    private readonly string _folder = Directory.CreateTempSubdirectory("vico-store").FullName;
    private readonly UnreliableServer _server = new();
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task A_hubs_model_is_installed_whole_verified_and_loads_while_what_nobody_needs_stays_there()
    {
        ServeToybox(with: ["unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.safetensors", "model.ckpt", "flax_model.msgpack"]);
        var reports = new List<DownloadProgress>();
        var installed = await Store().PullAsync(new(Id), new Collect(reports), Cancel);

        Assert.Equal(System.IO.Path.Combine(_folder, "toy-model"), installed);
        foreach (var path in new[] { Unet, "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors", "tokenizer/vocab.json", "model_index.json" })
            Assert.Equal(await File.ReadAllBytesAsync(System.IO.Path.Combine(Toybox, path), Cancel), await File.ReadAllBytesAsync(System.IO.Path.Combine(installed, path), Cancel));
        Assert.DoesNotContain(_server.Requests, r => r.Path.EndsWith(".bin", StringComparison.Ordinal) || r.Path.Contains("fp16", StringComparison.Ordinal)
            || r.Path.Contains("msgpack", StringComparison.Ordinal) || r.Path.Contains("ckpt", StringComparison.Ordinal) || r.Path.Contains("/dino/", StringComparison.Ordinal));
        Assert.Equal(reports[^1].Total, reports[^1].Done);
        Assert.True(reports.Zip(reports.Skip(1)).All(p => p.First.Done <= p.Second.Done), "progress went back");

        var model = Assert.Single(Store().List());
        Assert.Equal((Id, Commit), (model.Manifest!.Source, model.Manifest.Revision));
        Assert.Empty(await ModelStore.VerifyAsync(model, null, Cancel));
        Assert.Equal(["toy-model"], Directory.EnumerateFileSystemEntries(_folder).Select(System.IO.Path.GetFileName));
        Assert.Empty(Directory.EnumerateFiles(installed, "*.part*", SearchOption.AllDirectories));

        // Again: nothing is fetched.
        var requests = _server.Requests.Count;
        Assert.Equal(installed, await Store().PullAsync(new(Id), null, Cancel));
        Assert.Equal(requests + 1, _server.Requests.Count);
    }

    [Fact]
    public async Task Verify_names_every_file_that_is_no_longer_what_was_installed()
    {
        ServeToybox();
        var installed = await Store().PullAsync(new(Id), null, Cancel);
        await using (var weights = File.Open(System.IO.Path.Combine(installed, Unet), FileMode.Open))
        {
            weights.Position = weights.Length / 2;
            weights.WriteByte((byte)(weights.ReadByte() ^ 1));
        }

        File.Delete(System.IO.Path.Combine(installed, "model_index.json"));
        await File.AppendAllTextAsync(System.IO.Path.Combine(installed, "vae", "config.json"), " ", Cancel);
        var defects = await ModelStore.VerifyAsync(Assert.Single(Store().List()), null, Cancel);
        Assert.Contains(defects, d => d.StartsWith($"{Unet} has SHA-256", StringComparison.Ordinal));
        Assert.Contains("model_index.json is missing", defects);
        Assert.Contains(defects, d => d.StartsWith("vae/config.json has", StringComparison.Ordinal));
        Assert.Equal(3, defects.Count);
    }

    [Fact]
    public async Task A_server_that_hangs_up_again_and_again_is_asked_for_the_rest()
    {
        ServeToybox();
        var random = new Random(7);
        var size = new FileInfo(System.IO.Path.Combine(Toybox, Unet)).Length;
        // Every connection for the weights ends after some 5 to 10 % of them.
        _server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal) ? new Fault { DropAfter = random.NextInt64(size / 20, size / 10) } : null;
        var installed = await Store().PullAsync(new(Id), null, Cancel);
        Assert.Equal(await File.ReadAllBytesAsync(System.IO.Path.Combine(Toybox, Unet), Cancel), await File.ReadAllBytesAsync(System.IO.Path.Combine(installed, Unet), Cancel));

        var asked = _server.Requests.Where(r => r.Path.EndsWith(Unet, StringComparison.Ordinal)).ToList();
        Assert.InRange(asked.Count, 10, 25);
        Assert.All(asked.Skip(1), r => Assert.True(r.Headers.ContainsKey("Range") && r.Headers.ContainsKey("If-Range")));
    }

    [Fact]
    public async Task A_pull_that_was_stopped_goes_on_where_it_was_in_another_process()
    {
        ServeToybox();
        using (var stop = new CancellationTokenSource())
        {
            var size = new FileInfo(System.IO.Path.Combine(Toybox, Unet)).Length;
            _server.Fail(Path(Unet), new Fault { DropAfter = size / 2 }, new Fault { IsSilent = true });
            var pull = Store(retry: TimeSpan.FromMilliseconds(1)).PullAsync(new(Id), null, stop.Token);
            while (_server.Requests.Count(r => r.Path.EndsWith(Unet, StringComparison.Ordinal)) < 2)
                await Task.Delay(10, Cancel);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pull);
        }

        Assert.Empty(Store().List());
        var sent = _server.Sent;
        var installed = await Store().PullAsync(new(Id), null, Cancel);
        Assert.Equal(await File.ReadAllBytesAsync(System.IO.Path.Combine(Toybox, Unet), Cancel), await File.ReadAllBytesAsync(System.IO.Path.Combine(installed, Unet), Cancel));
        // Not a byte of what was there came again.
        var weights = new FileInfo(System.IO.Path.Combine(Toybox, Unet)).Length;
        var again = _server.Requests.Last(r => r.Path.EndsWith(Unet, StringComparison.Ordinal));
        Assert.Equal($"bytes={weights / 2}-", again.Headers["Range"]);
        Assert.True(_server.Sent - sent < Total() - (weights / 2));
    }

    [Fact]
    public async Task A_wrong_hash_is_refused_with_both_and_nothing_is_installed_or_kept()
    {
        ServeToybox();
        var evil = _server.Files[Path(Unet)].ToArray();
        evil[^1] ^= 1;
        _server.Files[Path(Unet)] = evil;
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains(Sha256(evil), error.Message, StringComparison.Ordinal);
        Assert.Contains(Sha256(File.ReadAllBytes(System.IO.Path.Combine(Toybox, Unet))), error.Message, StringComparison.Ordinal);
        Assert.Empty(Store().List());
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories), f => f.Contains(Unet, StringComparison.Ordinal));
        Assert.Equal(1, RequestsForUnet());

        // In two pieces it could have been two versions: it is asked for once more from the start, and no oftener.
        _server.Fail(Path(Unet), new Fault { DropAfter = 1000 }, new Fault(), new Fault { DropAfter = 1000 });
        await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Equal(1 + 4, RequestsForUnet());
    }

    [Fact]
    public async Task A_server_that_gives_and_takes_back_is_given_up()
    {
        ServeToybox();
        var turn = 0;
        _server.OnRequest = r => !r.Path.EndsWith(Unet, StringComparison.Ordinal) ? null : ++turn % 2 == 1 ? new Fault { DropAfter = 1000 } : new Fault { RangeShift = 10 };
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains("could not be fetched in 4 attempts", error.Message, StringComparison.Ordinal);
        Assert.InRange(RequestsForUnet(), 4, 6);
    }

    [Fact]
    public async Task A_model_whose_weights_do_not_fit_is_not_installed_although_every_hash_is_right()
    {
        byte[] cut;
        using (var scope = NewDisposeScope())
        {
            using var unet = SafetensorsFile.Open(System.IO.Path.Combine(Toybox, Unet));
            cut = SafetensorsWriter.ToBytes(unet.Names.Where(n => n != "conv_out.bias").ToDictionary(n => n, unet.LoadAsStored));
        }

        ServeToybox(replace: cut);
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains("missing    conv_out.bias [8]", error.Message, StringComparison.Ordinal);
        Assert.Empty(Store().List());
    }

    [Theory]
    [InlineData("\"blobId\"", "\"other\"", "tells no hash of model_index.json")]
    [InlineData("\"size\":", "\"size\":-", "bytes; at most")]
    [InlineData("\"size\":", "\"size\":9999999999999", "bytes; at most")]
    [InlineData("\"unet/config.json\"", "\"unet/settings.json\"", "has no unet/config.json")]
    [InlineData("\"unet/diffusion_pytorch_model.safetensors\"", "\"unet/x.safetensors\"", "has no weights of unet")]
    public async Task A_hubs_list_that_lacks_something_or_is_absurd_is_refused(string part, string other, string reason)
    {
        ServeToybox();
        var list = $"/api/models/{Id}/revision/main";
        var text = Encoding.UTF8.GetString(_server.Files[list]);
        Assert.Contains(part, text, StringComparison.Ordinal);
        _server.Files[list] = Encoding.UTF8.GetBytes(text.Replace(part, other, StringComparison.Ordinal));
        Assert.Contains(reason, (await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel))).Message, StringComparison.Ordinal);
        Assert.Single(_server.Requests);
    }

    [Fact]
    public async Task A_small_file_that_differs_from_the_hubs_commit_is_refused()
    {
        ServeToybox();
        _server.Files[Path("unet/config.json")] = [.. _server.Files[Path("unet/config.json")].Reverse()];
        Assert.Contains("git's id is", (await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_announces_more_than_it_sends_is_given_up_and_says_so()
    {
        ServeToybox();
        _server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal) ? new Fault { DropAfter = 0, LengthLie = 100 } : null;
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains("could not be fetched in 4 attempts", error.Message, StringComparison.Ordinal);
        Assert.Empty(Store().List());
    }

    [Fact]
    public async Task A_server_whose_list_says_another_size_than_it_serves_is_refused()
    {
        ServeToybox(lieAbout: Unet, by: 1000);
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.True(error is HttpRequestException or InvalidDataException, error.ToString());
        Assert.Empty(Store().List());
    }

    [Fact]
    public async Task A_server_that_sends_more_than_announced_fills_no_disk()
    {
        ServeToybox();
        _server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal) ? new Fault { SendsMore = 50_000_000 } : null;
        var error = await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel));
        Assert.Contains("sends more than", error.Message, StringComparison.Ordinal);
        Assert.True(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) <= Total());
    }

    public static TheoryData<string> Passing() => ["ignores ranges", "sends another range", "has another version", "is overloaded", "is silent"];

    [Theory]
    [MemberData(nameof(Passing))]
    public async Task A_server_that_misbehaves_once_costs_time_and_no_byte(string how)
    {
        ServeToybox();
        var drop = new Fault { DropAfter = 100_000 };
        _server.Fail(Path(Unet), how switch
        {
            "ignores ranges" => [drop, new Fault { IgnoresRange = true }],
            "sends another range" => [drop, new Fault { RangeShift = 10 }],
            "has another version" => [drop with { Tag = "\"old\"" }],
            "is overloaded" => [drop, new Fault { Status = 503 }, new Fault { Status = 429 }],
            _ => [drop, new Fault { IsSilent = true }],
        });
        var installed = await Store(stall: TimeSpan.FromMilliseconds(300)).PullAsync(new(Id), null, Cancel);
        Assert.Equal(await File.ReadAllBytesAsync(System.IO.Path.Combine(Toybox, Unet), Cancel), await File.ReadAllBytesAsync(System.IO.Path.Combine(installed, Unet), Cancel));
    }

    [Theory]
    [InlineData(401, "may need a token")]
    [InlineData(403, "may need a token")]
    [InlineData(404, "is the name, the revision or the mirror right")]
    [InlineData(500, "answered 500")]
    public async Task What_a_server_refuses_is_said_with_advice(int status, string advice)
    {
        ServeToybox();
        _server.OnRequest = r => r.Path.StartsWith("/api/", StringComparison.Ordinal) ? new Fault { Status = status } : null;
        Assert.Contains(advice, (await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_goes_to_the_endpoint_and_not_to_where_it_redirects()
    {
        await using var store = new UnreliableServer();
        ServeToybox();
        store.Files["/weights"] = _server.Files[Path(Unet)];
        _server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal) ? new Fault { Status = 302, Location = $"{store.Address}weights" } : null;
        await Store(token: "hf_secret").PullAsync(new(Id), null, Cancel);
        Assert.All(_server.Requests, r => Assert.Equal("Bearer hf_secret", r.Headers["Authorization"]));
        Assert.False(Assert.Single(store.Requests).Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task A_mirror_below_a_path_and_a_named_revision_are_asked_for()
    {
        ServeToybox(prefix: "/mirror/hf", revision: "v1.5");
        await Store(prefix: "/mirror/hf").PullAsync(new(Id) { Revision = "v1.5", Name = "mine" }, null, Cancel);
        Assert.All(_server.Requests, r => Assert.StartsWith("/mirror/hf/", r.Path, StringComparison.Ordinal));
        Assert.Equal("mine", Assert.Single(Store().List()).Name);
        // The name is taken: another revision does not replace it unasked.
        ServeToybox(revision: "v2", commit: Commit.Replace('0', '9'));
        Assert.Contains("--name", (await Assert.ThrowsAsync<ArgumentException>(() => Store().PullAsync(new(Id) { Revision = "v2", Name = "mine" }, null, Cancel))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hubs_list_cannot_write_elsewhere_and_nonsense_is_refused()
    {
        ServeToybox(with: ["../../evil", "/etc/evil", "unet/../../evil2", "C:\\evil"]);
        await Store().PullAsync(new(Id), null, Cancel);
        Assert.DoesNotContain(_server.Requests, r => r.Path.Contains("evil", StringComparison.Ordinal));

        foreach (var answer in new[] { "", "[]", "{}", "{\"sha\":1,\"siblings\":[]}", "{\"sha\":\"../x\",\"siblings\":[]}", $"{{\"sha\":\"{Commit}\",\"siblings\":[]}}", $"{{\"sha\":\"{Commit}\",\"siblings\":[1]}}" })
        {
            _server.Files[$"/api/models/{Id}/revision/main"] = Encoding.UTF8.GetBytes(answer);
            await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id) { Name = "other" }, null, Cancel));
        }

        foreach (var source in new[] { "no-owner", "a/b/c", "../x", "a/..", "" })
            await Assert.ThrowsAsync<ArgumentException>(() => Store().PullAsync(new(source), null, Cancel));
        foreach (var name in new[] { "..", ".hidden", "a/b", "" })
            await Assert.ThrowsAsync<ArgumentException>(() => Store().PullAsync(new(Id) { Name = name }, null, Cancel));
    }

    [Fact]
    public async Task A_single_file_by_its_address_becomes_a_folder_of_the_same_weights()
    {
        var single = System.IO.Path.Combine(_folder, "single.safetensors");
        ModelConversion.ToSingleFile(Toybox, single);
        var bytes = await File.ReadAllBytesAsync(single, Cancel);
        File.Delete(single);
        _server.Files["/files/my-model.safetensors"] = bytes;
        var address = $"{_server.Address}files/my-model.safetensors";
        _server.Fail("/files/my-model.safetensors", new Fault { DropAfter = bytes.Length / 3 });

        // Not what was promised, not of the shape that the configuration has, then right.
        await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(address) { Sha256 = new string('0', 64) }, null, Cancel));
        Assert.Contains("another model's", (await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(address), null, Cancel))).Message, StringComparison.Ordinal);
        Assert.Empty(Store().List());
        var installed = await Store().PullAsync(new(address) { Sha256 = Sha256(bytes).ToUpperInvariant(), ConfigFolder = Toybox }, null, Cancel);

        Assert.Equal("my-model", System.IO.Path.GetFileName(installed));
        foreach (var (part, stem, _) in BaseModelFiles.Parts)
        {
            using var scope = NewDisposeScope();
            using var expected = SafetensorsFile.Open(System.IO.Path.Combine(Toybox, part, $"{stem}.safetensors"));
            using var found = SafetensorsFile.Open(System.IO.Path.Combine(installed, part, $"{stem}.safetensors"));
            Assert.Equal(expected.Names, found.Names);
            foreach (var name in expected.Names)
                Assert.Equal(expected.Bytes(name), found.Bytes(name));
        }

        var model = Assert.Single(Store().List());
        Assert.Equal((address, Sha256(bytes)), (model.Manifest!.Source, model.Manifest.SourceSha256));
        Assert.Empty(await ModelStore.VerifyAsync(model, null, Cancel));
        var requests = _server.Requests.Count;
        Assert.Equal(installed, await Store().PullAsync(new(address), null, Cancel));
        Assert.Equal(requests, _server.Requests.Count);
    }

    [Fact]
    public async Task Without_hash_or_tag_nothing_tells_whether_a_rest_belongs_to_what_is_there_so_it_starts_over()
    {
        var bytes = new byte[200_000];
        new Random(1).NextBytes(bytes);
        _server.Files["/model.safetensors"] = bytes;
        _server.Fail("/model.safetensors", new Fault { DropAfter = 100_000, Tag = "" });
        var sha256 = Sha256(bytes);

        // It is no model; what matters is what came.
        await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new($"{_server.Address}model.safetensors"), null, Cancel));
        Assert.Equal(2, _server.Requests.Count);
        Assert.DoesNotContain(_server.Requests, r => r.Headers.ContainsKey("Range"));
        var came = Assert.Single(Directory.EnumerateFiles(_folder, "checkpoint", SearchOption.AllDirectories));
        Assert.Equal(sha256, Sha256(await File.ReadAllBytesAsync(came, Cancel)));
    }

    private int RequestsForUnet() => _server.Requests.Count(r => r.Path.EndsWith(Unet, StringComparison.Ordinal));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private ModelStore Store(TimeSpan? retry = null, TimeSpan? stall = null, string? token = null, string prefix = "") => new(_folder, _http, new()
    {
        Endpoint = new(_server.Address, prefix),
        Token = token,
        Attempts = 4,
        RetryDelay = retry ?? TimeSpan.FromMilliseconds(1),
        StallTimeout = stall ?? TimeSpan.FromSeconds(20),
    }, TimeProvider.System);

    private static string Path(string file) => $"/{Id}/resolve/{Commit}/{file}";

    private static long Total() => Directory.EnumerateFiles(Toybox, "*", SearchOption.AllDirectories)
        .Where(f => !f.Contains("dino", StringComparison.Ordinal) && !f.Contains("/clip/", StringComparison.Ordinal)).Sum(f => new FileInfo(f).Length);

    /// <summary>The toybox as a hub has it: large files with SHA-256, small ones with git's id.</summary>
    private void ServeToybox(string[]? with = null, string? lieAbout = null, long by = 0, byte[]? replace = null, string prefix = "", string revision = "main", string commit = Commit)
    {
        var siblings = new List<object>();
        foreach (var path in Directory.EnumerateFiles(Toybox, "*", SearchOption.AllDirectories))
        {
            var name = System.IO.Path.GetRelativePath(Toybox, path);
            var bytes = name == Unet && replace is not null ? replace : File.ReadAllBytes(path);
            _server.Files[$"{prefix}/{Id}/resolve/{commit}/{name}"] = bytes;
            var size = bytes.Length + (name == lieAbout ? by : 0);
            siblings.Add(bytes.Length > 100_000
                ? new { rfilename = name, size, blobId = "pointer", lfs = new { sha256 = Sha256(bytes), size } }
                : new { rfilename = name, size, blobId = GitId(bytes) });
        }

        siblings.AddRange((with ?? []).Select(name => new { rfilename = name, size = 3, blobId = GitId([1, 2, 3]) }));
        _server.Files[$"{prefix}/api/models/{Id}/revision/{revision}"] = JsonSerializer.SerializeToUtf8Bytes(new { id = Id, sha = commit, siblings });
    }

    private static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

#pragma warning disable CA5350 // git's id of a file
    private static string GitId(byte[] bytes) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));
#pragma warning restore CA5350

    private sealed class Collect(List<DownloadProgress> reports) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => reports.Add(value);
    }
}
