using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ViCo.Engine.Checkpoints;

namespace ViCo.Hub.Tests;

/// <summary>A hub that has the toybox, served by <see cref="UnreliableServer"/>, and an empty store to pull into.</summary>
public abstract class ToyHub : IAsyncDisposable
{
    protected const string Id = "owner/toy-model";
    protected const string Commit = "0123456789abcdef0123456789abcdef01234567";
    protected const string Unet = "unet/diffusion_pytorch_model.safetensors";

    protected static string Toybox { get; } = Repository.PathOf("models", "toybox");

    protected string Folder { get; } = Directory.CreateTempSubdirectory("vico-store").FullName;
    private protected UnreliableServer Server { get; } = new();
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Server.DisposeAsync();
        _http.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    protected int RequestsForUnet() => Server.Requests.Count(r => r.Path.EndsWith(Unet, StringComparison.Ordinal));

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    protected ModelStore Store(TimeSpan? retry = null, TimeSpan? stall = null, string? token = null, string prefix = "") =>
        new(Folder, _http, new()
    {
        Endpoint = new(Server.Address, prefix),
        Token = token,
        Attempts = 4,
        RetryDelay = retry ?? TimeSpan.FromMilliseconds(1),
        StallTimeout = stall ?? TimeSpan.FromSeconds(20),
    }, TimeProvider.System);

    protected static string UrlOf(string file) => $"/{Id}/resolve/{Commit}/{file}";

    protected static long Total() => Directory.EnumerateFiles(Toybox, "*", SearchOption.AllDirectories)
        .Where(f => !f.Contains("dino", StringComparison.Ordinal) && !f.Contains("/clip/", StringComparison.Ordinal))
            .Sum(f => new FileInfo(f).Length);

    /// <summary>The toybox as a hub has it: large files with SHA-256, small ones with git's id.</summary>
    protected void ServeToybox(string[]? with = null, string? lieAbout = null, long by = 0, byte[]? replace = null, string prefix = "",
        string revision = "main", string commit = Commit)
    {
        var siblings = new List<object>();
        foreach (var path in Directory.EnumerateFiles(Toybox, "*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(Toybox, path);
            var bytes = name == Unet && replace is not null ? replace : File.ReadAllBytes(path);
            Server.Files[$"{prefix}/{Id}/resolve/{commit}/{name}"] = bytes;
            var size = bytes.Length + (name == lieAbout ? by : 0);
            siblings.Add(bytes.Length > 100_000
                ? new { rfilename = name, size, blobId = "pointer", lfs = new { sha256 = Sha256(bytes), size } }
                : new { rfilename = name, size, blobId = GitId(bytes) });
        }

        siblings.AddRange((with ?? []).Select(name => new { rfilename = name, size = 3, blobId = GitId([1, 2, 3]) }));
        Server.Files[$"{prefix}/api/models/{Id}/revision/{revision}"] =
            JsonSerializer.SerializeToUtf8Bytes(new { id = Id, sha = commit, siblings });
    }

    protected static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

#pragma warning disable CA5350 // git's id of a file
    private static string GitId(byte[] bytes) =>
        Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {bytes.Length}\0"), .. bytes]));
#pragma warning restore CA5350
}
