using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;
using ViCo.Grains.Storage;
using ViCo.Pictures;

namespace ViCo.Gateway.Images;

/// <summary>Small copies of photos and pictures: made when the first one asks, kept beside what they show.</summary>
internal sealed class Thumbnails(IBlobStore blobs) : IDisposable
{
    /// <summary>What may be asked for, in pixels.</summary>
    public static readonly int[] Widths = [96, 256, 512];

    private const int Quality = 80, MadeAtOnce = 2;

    private readonly ConcurrentDictionary<string, Lazy<Task>> _underWay = new();
    private readonly SemaphoreSlim _decoders = new(MadeAtOnce);
    private int _made;

    /// <summary>How many this gateway has made.</summary>
    public int Made => Volatile.Read(ref _made);

    public static ProblemHttpResult? ProblemOf(int? width) => width is null || Widths.Contains(width.Value)
        ? null : Problem.Field("w", $"Field 'w' is {width}; wanted: {string.Join(", ", Widths[..^1])} or {Widths[^1]}.");

    /// <summary>The small copy of a photo or picture, never wider than that; null where there is no such blob.</summary>
    public async Task<Stream?> OpenAsync(StoredPicture picture, int width, bool webp, CancellationToken cancellationToken)
    {
        var name = NameOf(picture.Blob, width, webp);
        if (await blobs.OpenReadAsync(name, cancellationToken) is { } kept) return kept;
        var making = _underWay.GetOrAdd(name, _ => new(() => MakeAsync(picture, name, width, webp)));
        try
        {
            await making.Value.WaitAsync(cancellationToken);
        }
        finally
        {
            if (making.Value.IsCompleted) _underWay.TryRemove(KeyValuePair.Create(name, making));
        }
        return await blobs.OpenReadAsync(name, cancellationToken);
    }

    /// <summary>Deletes the small copies of a blob that is deleted.</summary>
    public async Task ForgetAsync(string blob)
    {
        foreach (var width in Widths)
        {
            foreach (var webp in new[] { true, false }) await blobs.DeleteAsync(NameOf(blob, width, webp));
        }
    }

    public void Dispose() => _decoders.Dispose();

    private static string NameOf(string blob, int width, bool webp) => BlobNames.Thumbnail(blob, width, webp ? "webp" : "jpg");

    /// <summary>Whoever came first may leave meanwhile: it is made for all who wait.</summary>
    private async Task MakeAsync(StoredPicture picture, string name, int width, bool webp)
    {
        var blob = picture.Blob;
        if (await blobs.OpenReadAsync(name) is { } made)
        {
            await made.DisposeAsync();
            return;
        }
        if (await blobs.ReadAsync(blob) is not { } source) return;
        IntactBlobs.Compare(blob, source.Content.Span, picture.Sha256);
        await _decoders.WaitAsync();
        byte[] small;
        try
        {
            small = await Task.Run(() => Make(source.Content, blob, width, webp));
        }
        finally
        {
            _decoders.Release();
        }
        Interlocked.Increment(ref _made);
        await blobs.WriteAsync(name, small);
        if (await blobs.OpenReadAsync(blob) is { } still) await still.DisposeAsync();
        else await blobs.DeleteAsync(name);                             // deleted meanwhile
    }

    private static byte[] Make(ReadOnlyMemory<byte> content, string name, int width, bool webp)
    {
        var picture = PictureCodec.Decode(content, name);
        if (picture.Width > width)
            picture = Resampler.Resize(picture, width, Math.Max(1, (int)Math.Round((double)picture.Height * width / picture.Width)),
                ResampleFilter.Bicubic);
        return webp ? PictureCodec.EncodeWebp(picture, Quality) : PictureCodec.EncodeJpeg(picture, Quality);
    }
}
