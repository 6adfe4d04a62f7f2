using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ViCo.Hub.Tests;

/// <summary>
/// An HTTP server over a socket, so that it can break the protocol: hang up, lie, fall silent. One answer per connection.
/// </summary>
internal sealed class UnreliableServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _loop;

    public UnreliableServer()
    {
        _listener.Start();
        _loop = Accept();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Content by path, such as <c>/owner/name/resolve/abc/unet/config.json</c>.</summary>
    public ConcurrentDictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>What goes wrong with the next requests of a path, one each; then it is served well.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<Fault>> Faults { get; } = new(StringComparer.Ordinal);

    /// <summary>Decides for every request without a queued fault; null: none.</summary>
    public Func<Request, Fault?>? OnRequest { get; set; }

    public ConcurrentQueue<Request> Requests { get; } = new();

    /// <summary>Bytes of bodies sent.</summary>
    public long Sent => Interlocked.Read(ref _sent);

    private long _sent;

    public void Fail(string path, params Fault[] faults)
    {
        foreach (var fault in faults)
            Faults.GetOrAdd(path, _ => new()).Enqueue(fault);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _loop;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _connections.Add(Serve(client));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Serve(TcpClient client)
    {
        using var _ = client;
        try
        {
            await using var stream = client.GetStream();
            if (await ReadRequest(stream) is { } request)
                await Answer(stream, request);
            client.LingerState = new(true, 1);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client hung up, or the test is over.
        }
    }

    private async Task<Request?> ReadRequest(NetworkStream stream)
    {
        var text = new StringBuilder();
        var one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
                return null;
            text.Append((char)one[0]);
        }

        var lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        var headers = lines.Skip(1).Select(l => l.Split(": ", 2)).ToDictionary(h => h[0], h => h[1], StringComparer.OrdinalIgnoreCase);
        var request = new Request(lines[0].Split(' ')[1], headers);
        Requests.Enqueue(request);
        return request;
    }

    private async Task Answer(NetworkStream stream, Request request)
    {
        var path = request.Path.Split('?')[0];
        var fault = Faults.TryGetValue(path, out var queue) && queue.TryDequeue(out var queued) ? queued : OnRequest?.Invoke(request)
            ?? new Fault();
        if (fault.Status is { } status)
        {
            await Head(stream, $"{status} Whatever", fault.Location is { } location ? [("Location", location)] : [], 0);
            return;
        }

        if (!Files.TryGetValue(request.Path, out var content) && !Files.TryGetValue(path, out content))
        {
            await Head(stream, "404 Not Found", [], 0);
            return;
        }

        var tag = fault.Tag ?? $"\"{content.Length}-{(content.Length > 0 ? content[0] : 0)}\"";
        var from = 0L;
        var isRange = request.Headers.TryGetValue("Range", out var range) && !fault.IgnoresRange
            && (!request.Headers.TryGetValue("If-Range", out var ifRange) || ifRange == tag);
        if (isRange)
        {
            from = long.Parse(range!["bytes=".Length..^1], CultureInfo.InvariantCulture);
            if (from >= content.Length)
            {
                await Head(stream, "416 Range Not Satisfiable", [("Content-Range", $"bytes */{content.Length}")], 0);
                return;
            }
        }

        var body = content.AsMemory((int)from);
        if (fault.IsSilent)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _stop.Token);
            return;
        }

        List<(string, string)> headers = tag.Length > 0 ? [("ETag", tag)] : [];
        if (isRange)
        {
            var start = from + fault.RangeShift;
            headers.Add(("Content-Range", $"bytes {start}-{content.Length - 1}/{content.Length}"));
        }

        if (fault.SendsMore > 0)
        {
            // Without a length, as a proxy may send it: the end is where the connection ends.
            await Head(stream, isRange ? "206 Partial Content" : "200 OK", headers, null);
            await Send(stream, body);
            await Send(stream, new byte[fault.SendsMore]);
            return;
        }

        await Head(stream, isRange ? "206 Partial Content" : "200 OK", headers, body.Length + fault.LengthLie);
        var length = fault.DropAfter is { } drop ? (int)Math.Min(drop, body.Length) : body.Length;
        await Send(stream, body[..length]);
        if (fault.DropAfter is not null)
            await stream.FlushAsync(_stop.Token);
    }

    private async Task Send(NetworkStream stream, ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes, _stop.Token);
        Interlocked.Add(ref _sent, bytes.Length);
    }

    private async Task Head(NetworkStream stream, string status, IEnumerable<(string Name, string Value)> headers, long? length)
    {
        var text = new StringBuilder($"HTTP/1.1 {status}\r\nConnection: close\r\n");
        foreach (var (name, value) in headers)
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (length is { } known)
            text.Append(CultureInfo.InvariantCulture, $"Content-Length: {known}\r\n");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text.Append("\r\n").ToString()), _stop.Token);
    }
}

internal sealed record Request(string Path, IReadOnlyDictionary<string, string> Headers);

internal sealed record Fault
{
    /// <summary>Hangs up after so many bytes of the body.</summary>
    public long? DropAfter { get; init; }

    /// <summary>Announces so many bytes more than there are.</summary>
    public long LengthLie { get; init; }

    /// <summary>Sends so many bytes more than there are, announcing none.</summary>
    public int SendsMore { get; init; }

    public int? Status { get; init; }
    public string? Location { get; init; }

    /// <summary>Answers with everything, whatever was asked for.</summary>
    public bool IgnoresRange { get; init; }

    /// <summary>Says that the part sent begins elsewhere.</summary>
    public int RangeShift { get; init; }

    /// <summary>Another ETag; empty: none.</summary>
    public string? Tag { get; init; }

    /// <summary>Never answers.</summary>
    public bool IsSilent { get; init; }
}
