using System.Buffers;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace ViCo.Grains.Storage;

/// <summary>Blobs as files of a local folder. Several processes may share it.</summary>
/// <remarks>
/// A write goes to a temporary file, is synced, renamed over the blob, and its folder is synced: whoever is killed at any point leaves
/// the old blob or the new one. ETag: SHA-256 of the content. Conditions are checked under an exclusive file lock, one of 256 by name,
/// which the system releases when its process dies. The folder must lie on a file system with such locks (any local one).
/// </remarks>
public sealed class FolderBlobStore : IBlobStore
{
    // Neither can be a blob's name: '~' is not allowed in one.
    private const string TemporaryFolder = "~tmp";
    private const string LockFolder = "~locks";
    private const int Locks = 256;

    private const int PieceBytes = 1 << 20;

    // A write touches its file without a pause; a file that nobody touched for so long was left by a process that died.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(10);

    private readonly string _root;
    private readonly TimeProvider _clock;
    private readonly SemaphoreSlim[] _gates = [.. Enumerable.Range(0, Locks).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Opens or makes the folder and sweeps what writers that died have left in it.</summary>
    /// <param name="othersAllowed">As <see cref="StorageOptions.OthersAllowed"/>.</param>
    /// <exception cref="IOException">The folder cannot be made, written or closed to others.</exception>
    public FolderBlobStore(string folder, TimeProvider? clock = null, bool othersAllowed = false)
    {
        _root = Path.GetFullPath(folder);
        _clock = clock ?? TimeProvider.System;
        OwnersOnly.Close(_root, othersAllowed);
        Directory.CreateDirectory(Path.Combine(_root, LockFolder));
        Sweep(Directory.CreateDirectory(Path.Combine(_root, TemporaryFolder)));
    }

    /// <inheritdoc/>
    public Task<Blob?> ReadAsync(string name, CancellationToken cancellationToken = default)
    {
        BlobNames.Check(name);
        // Local file calls block; a grain's turn must not.
        return Task.Run(() => ReadFile(PathOf(name)), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Stream?> OpenReadAsync(string name, CancellationToken cancellationToken = default)
    {
        BlobNames.Check(name);
        return Task.Run<Stream?>(() =>
        {
            try
            {
                return new FileStream(
                    PathOf(name), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, PieceBytes,
                    FileOptions.Asynchronous | FileOptions.SequentialScan);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                WantRoot();
                return null;
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string> WriteAsync(
        string name, ReadOnlyMemory<byte> content, BlobCondition condition = default, CancellationToken cancellationToken = default)
    {
        return PutAsync(name, temporary =>
        {
            using (var file = OwnersOnly.Create(temporary))
            {
                file.Write(content.Span);
                file.Flush(flushToDisk: true);
            }
            return Task.FromResult(ETagOf(content.Span));
        }, condition, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<string> WriteAsync(string name, Stream content, BlobCondition condition = default,
        CancellationToken cancellationToken = default) =>
        PutAsync(name, async temporary =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
            try
            {
                using var file = OwnersOnly.Create(temporary);
                while (await content.ReadAsync(buffer.AsMemory(0, PieceBytes), cancellationToken) is > 0 and var read)
                {
                    hash.AppendData(buffer, 0, read);
                    file.Write(buffer, 0, read);
                }
                file.Flush(flushToDisk: true);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }, condition, cancellationToken);

    /// <param name="write">Makes the temporary file that it is given, durable, and says its ETag.</param>
    private Task<string> PutAsync(string name, Func<string, Task<string>> write, BlobCondition condition,
        CancellationToken cancellationToken)
    {
        BlobNames.Check(name);
        return Task.Run(async () =>
        {
            var target = PathOf(name);
            var temporary = Path.Combine(_root, TemporaryFolder, Guid.NewGuid().ToString("N"));
            try
            {
                var tag = await write(temporary);
                using (await LockAsync(name, cancellationToken))
                {
                    CheckCondition(name, target, condition);
                    MakeFolder(Path.GetDirectoryName(target)!);
                    File.Move(temporary, target, overwrite: true);
                    DirectorySync.Flush(Path.GetDirectoryName(target)!);
                }
                return tag;
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> DeleteAsync(string name, BlobCondition condition = default, CancellationToken cancellationToken = default)
    {
        BlobNames.Check(name);
        return Task.Run(async () =>
        {
            var target = PathOf(name);
            using var held = await LockAsync(name, cancellationToken);
            CheckCondition(name, target, condition);
            if (!File.Exists(target))
            {
                WantRoot();
                return false;
            }
            File.Delete(target);
            DirectorySync.Flush(Path.GetDirectoryName(target)!);
            return true;
        }, cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<BlobEntry> ListAsync(string prefix,
        [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        // Ordinal order of names is not the order of a walk: '-' and '.' sort before '/'.
        var entries = await Task.Run(() => Find(prefix), cancellationToken);
        foreach (var entry in entries)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return entry;
        }
    }

    private List<BlobEntry> Find(string prefix)
    {
        var start = prefix.LastIndexOf('/') is >= 0 and var cut
            ? Path.Combine(_root, prefix[..cut].Replace('/', Path.DirectorySeparatorChar)) : _root;
        List<BlobEntry> found = [];
        var folder = new DirectoryInfo(start);
        if (!folder.Exists)
        {
            WantRoot();
            return found;
        }
        foreach (var file in folder.EnumerateFiles("*", SearchOption.AllDirectories))
        {
            var name = Path.GetRelativePath(_root, file.FullName).Replace(Path.DirectorySeparatorChar, '/');
            if (name[0] == '~' || !name.StartsWith(prefix, StringComparison.Ordinal)) continue;
            try
            {
                found.Add(new(name, file.Length, file.LastWriteTimeUtc));
            }
            catch (FileNotFoundException)
            {
                // Deleted while we looked.
            }
        }
        found.Sort((a, b) => string.CompareOrdinal(a.Name, b.Name));
        return found;
    }

    private string PathOf(string name) => Path.Combine(_root, name.Replace('/', Path.DirectorySeparatorChar));

    /// <summary>Of a folder that went, such as a volume that is mounted no more, nobody may believe that it is empty.</summary>
    private void WantRoot()
    {
        if (!Directory.Exists(Path.Combine(_root, LockFolder))) throw new IOException($"Folder '{_root}' is not there any more.");
    }

    private Blob? ReadFile(string path)
    {
        try
        {
            var content = File.ReadAllBytes(path);
            return new(content, ETagOf(content));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            WantRoot();
            return null;
        }
    }

    private static string? ETagOf(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0);
            return Convert.ToHexStringLower(SHA256.HashData(file));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private static string ETagOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static void CheckCondition(string name, string path, BlobCondition condition)
    {
        if (condition.MustBeAbsent && File.Exists(path)) throw new BlobConflictException(name, "it was to be absent");
        if (condition.ETag is not { } wanted) return;
        var found = ETagOf(path);
        if (found != wanted) throw new BlobConflictException(name,
            $"its ETag was to be {wanted} and is {found ?? "none, the blob is gone"}");
    }

    /// <summary>Makes missing folders and syncs each parent, so that a new folder survives a power cut as its file does.</summary>
    private static void MakeFolder(string folder)
    {
        if (Directory.Exists(folder)) return;
        var parent = Path.GetDirectoryName(folder)!;
        MakeFolder(parent);
        Directory.CreateDirectory(folder);
        DirectorySync.Flush(parent);
    }

    private async Task<IDisposable> LockAsync(string name, CancellationToken cancellationToken)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(name), hash);
        var number = hash[0] % Locks;
        var path = Path.Combine(_root, LockFolder, $"{number:x2}");

        // This process's writers queue here; only other processes are polled for.
        var gate = _gates[number];
        await gate.WaitAsync(cancellationToken);
        try
        {
            for (var wait = 1; ; wait = Math.Min(2 * wait, 32))
            {
                try
                {
                    return new Held(new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0), gate);
                }
                catch (IOException e) when (IsTaken(e))
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(wait), cancellationToken);
                }
            }
        }
        catch
        {
            gate.Release();
            throw;
        }
    }

    // EAGAIN of Linux and of macOS, sharing and lock violation of Windows. All else, such as a full disk, does not pass by waiting.
    private static bool IsTaken(IOException e) => (e.HResult & 0xFFFF) is 11 or 35 or 32 or 33;

    private void Sweep(DirectoryInfo temporary)
    {
        var now = _clock.GetUtcNow();
        foreach (var file in temporary.EnumerateFiles())
        {
            try
            {
                if (now - file.LastWriteTimeUtc > AbandonedAfter) file.Delete();
            }
            catch (IOException)
            {
                // Its writer lives, or another process swept it.
            }
        }
    }

    private sealed class Held(FileStream file, SemaphoreSlim gate) : IDisposable
    {
        public void Dispose()
        {
            file.Dispose();
            gate.Release();
        }
    }
}
