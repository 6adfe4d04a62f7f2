using System.Text;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Models.Files;

namespace ViCo.Hub.Tests;

/// <summary>What a pull installs, and what it refuses of hubs' answers.</summary>
public sealed class ModelStoreTests : ToyHub
{
    [Fact]
    public async Task A_hubs_model_is_installed_whole_verified_and_loads_while_what_nobody_needs_stays_there()
    {
        ServeToybox(with: ["unet/diffusion_pytorch_model.bin", "unet/diffusion_pytorch_model.fp16.safetensors", "model.ckpt",
            "flax_model.msgpack"]);
        var reports = new List<DownloadProgress>();
        var installed = await Store().PullAsync(new(Id), new Collect(reports), Cancel);

        Assert.Equal(Path.Combine(Folder, "toy-model"), installed);
        foreach (var path in new[] { Unet, "vae/diffusion_pytorch_model.safetensors", "text_encoder/model.safetensors",
            "tokenizer/vocab.json", "model_index.json" })
            Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(Toybox, path), Cancel),
                await File.ReadAllBytesAsync(Path.Combine(installed, path), Cancel));
        Assert.DoesNotContain(Server.Requests, r => r.Path.EndsWith(".bin", StringComparison.Ordinal)
            || r.Path.Contains("fp16", StringComparison.Ordinal)
            || r.Path.Contains("msgpack", StringComparison.Ordinal) || r.Path.Contains("ckpt", StringComparison.Ordinal)
                || r.Path.Contains("/dino/", StringComparison.Ordinal));
        Assert.Equal(reports[^1].Total, reports[^1].Done);
        Assert.True(reports.Zip(reports.Skip(1)).All(p => p.First.Done <= p.Second.Done), "progress went back");

        var model = Assert.Single(Store().List());
        Assert.Equal((Id, Commit), (model.Manifest!.Source, model.Manifest.Revision));
        Assert.Empty(await ModelStore.VerifyAsync(model, null, Cancel));
        Assert.Equal(["toy-model"], Directory.EnumerateFileSystemEntries(Folder).Select(Path.GetFileName));
        Assert.Empty(Directory.EnumerateFiles(installed, "*.part*", SearchOption.AllDirectories));

        // Again: nothing is fetched.
        var requests = Server.Requests.Count;
        Assert.Equal(installed, await Store().PullAsync(new(Id), null, Cancel));
        Assert.Equal(requests + 1, Server.Requests.Count);
    }

    [Fact]
    public async Task Verify_names_every_file_that_is_no_longer_what_was_installed()
    {
        ServeToybox();
        var installed = await Store().PullAsync(new(Id), null, Cancel);
        await using (var weights = File.Open(Path.Combine(installed, Unet), FileMode.Open))
        {
            weights.Position = weights.Length / 2;
            weights.WriteByte((byte)(weights.ReadByte() ^ 1));
        }

        File.Delete(Path.Combine(installed, "model_index.json"));
        await File.AppendAllTextAsync(Path.Combine(installed, "vae", "config.json"), " ", Cancel);
        var defects = await ModelStore.VerifyAsync(Assert.Single(Store().List()), null, Cancel);
        Assert.Contains(defects, d => d.StartsWith($"{Unet} has SHA-256", StringComparison.Ordinal));
        Assert.Contains("model_index.json is missing", defects);
        Assert.Contains(defects, d => d.StartsWith("vae/config.json has", StringComparison.Ordinal));
        Assert.Equal(3, defects.Count);
    }

    [Fact]
    public async Task A_model_whose_weights_do_not_fit_is_not_installed_although_every_hash_is_right()
    {
        byte[] cut;
        using (var scope = NewDisposeScope())
        {
            using var unet = SafetensorsFile.Open(Path.Combine(Toybox, Unet));
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
        var text = Encoding.UTF8.GetString(Server.Files[list]);
        Assert.Contains(part, text, StringComparison.Ordinal);
        Server.Files[list] = Encoding.UTF8.GetBytes(text.Replace(part, other, StringComparison.Ordinal));
        Assert.Contains(reason, (await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel))).Message,
            StringComparison.Ordinal);
        Assert.Single(Server.Requests);
    }

    [Fact]
    public async Task A_small_file_that_differs_from_the_hubs_commit_is_refused()
    {
        ServeToybox();
        Server.Files[UrlOf("unet/config.json")] = [.. Server.Files[UrlOf("unet/config.json")].Reverse()];
        Assert.Contains("git's id is", (await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(Id), null, Cancel)))
            .Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(401, "may need a token")]
    [InlineData(403, "may need a token")]
    [InlineData(404, "is the name, the revision or the mirror right")]
    [InlineData(500, "answered 500")]
    public async Task What_a_server_refuses_is_said_with_advice(int status, string advice)
    {
        ServeToybox();
        Server.OnRequest = r => r.Path.StartsWith("/api/", StringComparison.Ordinal) ? new Fault { Status = status } : null;
        Assert.Contains(advice, (await Assert.ThrowsAsync<HttpRequestException>(() => Store().PullAsync(new(Id), null, Cancel))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_token_goes_to_the_endpoint_and_not_to_where_it_redirects()
    {
        await using var store = new UnreliableServer();
        ServeToybox();
        store.Files["/weights"] = Server.Files[UrlOf(Unet)];
        Server.OnRequest = r => r.Path.EndsWith(Unet, StringComparison.Ordinal)
            ? new Fault { Status = 302, Location = $"{store.Address}weights" } : null;
        await Store(token: "hf_secret").PullAsync(new(Id), null, Cancel);
        Assert.All(Server.Requests, r => Assert.Equal("Bearer hf_secret", r.Headers["Authorization"]));
        Assert.False(Assert.Single(store.Requests).Headers.ContainsKey("Authorization"));
    }

    [Fact]
    public async Task A_mirror_below_a_path_and_a_named_revision_are_asked_for()
    {
        ServeToybox(prefix: "/mirror/hf", revision: "v1.5");
        await Store(prefix: "/mirror/hf").PullAsync(new(Id) { Revision = "v1.5", Name = "mine" }, null, Cancel);
        Assert.All(Server.Requests, r => Assert.StartsWith("/mirror/hf/", r.Path, StringComparison.Ordinal));
        Assert.Equal("mine", Assert.Single(Store().List()).Name);
        // The name is taken: another revision does not replace it unasked.
        ServeToybox(revision: "v2", commit: Commit.Replace('0', '9'));
        Assert.Contains("--name",
            (await Assert.ThrowsAsync<ArgumentException>(() => Store().PullAsync(new(Id) { Revision = "v2", Name = "mine" }, null, Cancel)))
            .Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_hubs_list_cannot_write_elsewhere_and_nonsense_is_refused()
    {
        ServeToybox(with: ["../../evil", "/etc/evil", "unet/../../evil2", "C:\\evil"]);
        await Store().PullAsync(new(Id), null, Cancel);
        Assert.DoesNotContain(Server.Requests, r => r.Path.Contains("evil", StringComparison.Ordinal));

        foreach (var answer in new[] { "", "[]", "{}", "{\"sha\":1,\"siblings\":[]}", "{\"sha\":\"../x\",\"siblings\":[]}",
            $"{{\"sha\":\"{Commit}\",\"siblings\":[]}}", $"{{\"sha\":\"{Commit}\",\"siblings\":[1]}}" })
        {
            Server.Files[$"/api/models/{Id}/revision/main"] = Encoding.UTF8.GetBytes(answer);
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
        var single = Path.Combine(Folder, "single.safetensors");
        ModelConversion.ToSingleFile(Toybox, single);
        var bytes = await File.ReadAllBytesAsync(single, Cancel);
        File.Delete(single);
        Server.Files["/files/my-model.safetensors"] = bytes;
        var address = $"{Server.Address}files/my-model.safetensors";
        Server.Fail("/files/my-model.safetensors", new Fault { DropAfter = bytes.Length / 3 });

        // Not what was promised, not of the shape that the configuration has, then right.
        await Assert.ThrowsAsync<InvalidDataException>(() =>
            Store().PullAsync(new(address) { Sha256 = new string('0', 64) }, null, Cancel));
        Assert.Contains("another model's",
            (await Assert.ThrowsAsync<InvalidDataException>(() => Store().PullAsync(new(address), null, Cancel))).Message,
            StringComparison.Ordinal);
        Assert.Empty(Store().List());
        var installed = await Store()
            .PullAsync(new(address) { Sha256 = Sha256(bytes).ToUpperInvariant(), ConfigFolder = Toybox }, null, Cancel);

        Assert.Equal("my-model", Path.GetFileName(installed));
        foreach (var (part, stem, _) in BaseModelFiles.Parts)
        {
            using var scope = NewDisposeScope();
            using var expected = SafetensorsFile.Open(Path.Combine(Toybox, part, $"{stem}.safetensors"));
            using var found = SafetensorsFile.Open(Path.Combine(installed, part, $"{stem}.safetensors"));
            Assert.Equal(expected.Names, found.Names);
            foreach (var name in expected.Names)
                Assert.Equal(expected.Bytes(name), found.Bytes(name));
        }

        var model = Assert.Single(Store().List());
        Assert.Equal((address, Sha256(bytes)), (model.Manifest!.Source, model.Manifest.SourceSha256));
        Assert.Empty(await ModelStore.VerifyAsync(model, null, Cancel));
        var requests = Server.Requests.Count;
        Assert.Equal(installed, await Store().PullAsync(new(address), null, Cancel));
        Assert.Equal(requests, Server.Requests.Count);
    }

    private sealed class Collect(List<DownloadProgress> reports) : IProgress<DownloadProgress>
    {
        public void Report(DownloadProgress value) => reports.Add(value);
    }
}
