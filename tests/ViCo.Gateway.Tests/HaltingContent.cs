using System.Net;

namespace ViCo.Gateway.Tests;

/// <summary>A body of which the second half is sent when the test says so.</summary>
internal sealed class HaltingContent : HttpContent
{
    private readonly TaskCompletionSource _halted = new(), _goOn = new();
    private readonly HttpContent _inner;

    public HaltingContent(HttpContent inner)
    {
        _inner = inner;
        Headers.ContentType = inner.Headers.ContentType;
    }

    public Task Halted => _halted.Task;

    public void GoOn() => _goOn.SetResult();

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        var all = await _inner.ReadAsByteArrayAsync();
        await stream.WriteAsync(all.AsMemory(0, all.Length / 2));
        await stream.FlushAsync();
        _halted.SetResult();
        await _goOn.Task;
        await stream.WriteAsync(all.AsMemory(all.Length / 2));
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
