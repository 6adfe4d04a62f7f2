using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ViCo.Grains.Webhooks;

/// <summary>
/// POSTs messages. Where a name leads is checked on the very address that is connected to, so that no
/// name, spelling or redirect leads inside.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private readonly IPNetwork[] _allowed;
    private readonly HttpClient _client;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _timeout;

    /// <summary>How long a message waits after each sending that failed; after the last it is given up.</summary>
    public IReadOnlyList<TimeSpan> Pauses { get; }

    public WebhookSender(IOptions<WebhookOptions> options, [FromKeyedServices(GrainHosting.ClockKey)] TimeProvider clock)
    {
        _allowed = [.. options.Value.Allow.Select(IPNetwork.Parse)];
        _clock = clock;
        _timeout = options.Value.Timeout;
        Pauses = options.Value.PausesInForce;
        _client = new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false, UseProxy = false, UseCookies = false, ConnectCallback = ConnectAsync, ConnectTimeout = _timeout,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1), MaxResponseHeadersLength = 16,
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("ViCo-Webhooks/1.0");
    }

    /// <summary>Sends a message once. What the receiver says beyond its status is not read.</summary>
    /// <param name="secrets">Those that sign it.</param>
    public async Task<(int? Status, string? Problem)> SendAsync(
        Delivery message, IReadOnlyList<string> secrets, CancellationToken cancellationToken)
    {
        var now = _clock.GetUtcNow();
        using var request = new HttpRequestMessage(HttpMethod.Post, message.Url)
        {
            Content = new StringContent(message.Body, Encoding.UTF8, "application/json"),
        };
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Of(secrets, message.Id, now, message.Body));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_timeout);
        try
        {
            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            var status = (int)answer.StatusCode;
            return (status, status is >= 200 and < 300 ? null : $"The receiver answered {status}; wanted: 200 to 299.");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"The receiver did not answer within {_timeout.TotalSeconds:0} s.");
        }
        catch (HttpRequestException e)
        {
            return (null, (e.InnerException as ForbiddenAddressException)?.Message ?? e.Message);
        }
    }

    public void Dispose() => _client.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = (await Dns.GetHostAddressesAsync(host, cancellationToken)).Select(PublicAddresses.Plain).ToArray();
        var secure = context.InitialRequestMessage.RequestUri!.Scheme == Uri.UriSchemeHttps;
        var good = addresses.Where(address => _allowed.Any(network => network.Contains(address))
            || (secure && PublicAddresses.Contain(address))).ToArray();
        if (good.Length == 0)
        {
            throw new ForbiddenAddressException(secure || !addresses.Any(PublicAddresses.Contain)
                ? $"'{host}' leads to {string.Join(", ", addresses.AsEnumerable())}; wanted: a public address, or one of "
                    + $"{WebhookOptions.Section}:Allow."
                : $"'{host}' is asked for without TLS; wanted: https.");
        }
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(good, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private sealed class ForbiddenAddressException(string message) : IOException(message);
}
