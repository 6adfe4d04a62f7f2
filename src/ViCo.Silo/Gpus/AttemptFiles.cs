using System.Security.Cryptography;

namespace ViCo.Silo.Gpus;

/// <summary>
/// Files of one attempt on this machine: what it fetched, and what waits to be stored. They go with
/// the attempt, and with them their folder.
/// </summary>
internal sealed class AttemptFiles : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("vico-attempt-").FullName;
    private int _count;

    /// <summary>Writes a new file, of any size, and counts and hashes what goes into it.</summary>
    public WrittenFile Write(Action<Stream> write)
    {
        var path = Path.Combine(_folder, $"{Interlocked.Increment(ref _count)}");
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
        using var hashing = new HashingStream(file);
        write(hashing);
        file.Flush();
        return new(path, file.Length, hashing.Digest());
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A write of a pump that was stopped may still hold one; the system sweeps its temporary folder.
        }
    }

    /// <summary>Passes on what is written to it, in the same pieces, and hashes it.</summary>
    private sealed class HashingStream(Stream inner) : Stream
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => inner.Length;

        public override long Position { get => inner.Position; set => throw new NotSupportedException(); }

        public string Digest() => Convert.ToHexStringLower(_hash.GetCurrentHash());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            _hash.AppendData(buffer);
            inner.Write(buffer);
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => inner.Flush();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
