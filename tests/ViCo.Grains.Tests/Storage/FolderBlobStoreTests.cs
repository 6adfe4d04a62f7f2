using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Tests.Storage;

public sealed class FolderBlobStoreTests : BlobStoreContract, IDisposable
{
    private readonly TempFolder _folder = new();

    public FolderBlobStoreTests() => Store = new FolderBlobStore(_folder.Path);

    protected override IBlobStore Store { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_etag_is_the_sha256_of_the_content()
    {
        var tag = await Store.WriteAsync("a", Text("abc"), default, Cancel);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", tag);
    }

    [Fact]
    public async Task Two_stores_on_one_folder_agree_on_who_wrote_first()
    {
        // Each has its own in-process gates, so only the file locks stand between them, as between two processes.
        FolderBlobStore[] stores = [new(_folder.Path), new(_folder.Path), new(_folder.Path)];
        await Store.WriteAsync("n", Text("0"), default, Cancel);
        await Task.WhenAll(stores.Select(async store =>
        {
            for (var done = 0; done < 30;)
            {
                var blob = (await store.ReadAsync("n", Cancel))!;
                try
                {
                    await store.WriteAsync("n", Text($"{int.Parse(Encoding.UTF8.GetString(blob.Content.Span)) + 1}"),
                        BlobCondition.Matches(blob.ETag), Cancel);
                    done++;
                }
                catch (BlobConflictException)
                {
                    // Try on the newer value.
                }
            }
        }));
        Assert.Equal("90", Encoding.UTF8.GetString((await Store.ReadAsync("n", Cancel))!.Content.Span));
    }

    [Fact]
    public async Task What_a_dead_writer_left_is_never_listed_and_swept_in_time()
    {
        var left = Path.Combine(_folder.Path, "~tmp", "0123456789abcdef");
        await File.WriteAllTextAsync(left, "half a bl", Cancel);
        await foreach (var entry in Store.ListAsync("", Cancel)) Assert.Fail($"'{entry.Name}' was listed");

        _ = new FolderBlobStore(_folder.Path);
        Assert.True(File.Exists(left), "a fresh temporary file may have a living writer");
        File.SetLastWriteTimeUtc(left, TimeProvider.System.GetUtcNow().UtcDateTime.AddMinutes(-11));
        _ = new FolderBlobStore(_folder.Path);
        Assert.False(File.Exists(left));
    }

    [Fact]
    public async Task A_folder_cannot_be_a_blob()
    {
        await Store.WriteAsync("a/b", Text("x"), default, Cancel);
        await Assert.ThrowsAnyAsync<Exception>(() => Store.WriteAsync("a", Text("y"), default, Cancel));
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(_folder.Path, "~tmp")));
    }

    [Fact]
    public async Task Killed_writers_leave_whole_blobs_only()
    {
        var random = new Random(7);
        var written = 0;
        for (var kill = 0; kill < 10; kill++)
        {
            using var writer = KilledWriter.Start(_folder.Path);
            // Alive and writing before the shot.
            Assert.Equal("writing", await writer.StandardOutput.ReadLineAsync(Cancel));
            await Task.Delay(random.Next(1, 60), Cancel);
            writer.Kill();
            await writer.WaitForExitAsync(Cancel);

            var store = new FolderBlobStore(_folder.Path);
            await foreach (var entry in store.ListAsync("", Cancel))
            {
                var content = (await store.ReadAsync(entry.Name, Cancel))!.Content;
                Assert.True(KilledWriter.IsWhole(content.Span), $"'{entry.Name}' is half written after kill {kill}");
                written++;
            }
            // The dead writer's locks are gone with it.
            await store.WriteAsync("blob-0", KilledWriter.Content(0), default, Cancel).WaitAsync(TimeSpan.FromSeconds(5), Cancel);
        }
        Assert.True(written > 0);
    }
}

/// <summary>This test program started again as a process that only writes blobs until it is killed.</summary>
internal static class KilledWriter
{
    private const string Variable = "VICO_TEST_WRITER_FOLDER";

    public static Process Start(string folder) => Process.Start(new ProcessStartInfo(Environment.ProcessPath!)
    {
        Environment = { [Variable] = folder }, RedirectStandardOutput = true,
    })!;

    /// <summary>A body and its digest.</summary>
    public static byte[] Content(int seed)
    {
        var body = new byte[200_000];
        new Random(seed).NextBytes(body);
        return [.. body, .. SHA256.HashData(body)];
    }

    public static bool IsWhole(ReadOnlySpan<byte> content) =>
        content.Length == 200_032 && SHA256.HashData(content[..200_000]).AsSpan().SequenceEqual(content[200_000..]);

    [System.Runtime.CompilerServices.ModuleInitializer]
    internal static void WriteUntilKilled()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } folder) return;
        var store = new FolderBlobStore(folder);
        for (var i = 0; ; i++)
        {
            store.WriteAsync($"blob-{i % 5}", Content(i)).GetAwaiter().GetResult();
            if (i == 0) Console.WriteLine("writing");
        }
    }
}
