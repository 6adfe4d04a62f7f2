using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests.Isolation;

/// <summary>Asks routes, the hub's methods and tools as somebody, and says what came of it.</summary>
internal sealed partial class AccessAsker(GatewayHost host, AccessWorld world) : IAsyncDisposable
{
    // Says nothing until something changes: whoever is not refused at once is let in.
    private const string Endless = "Changes";

    private readonly Dictionary<string, HttpClient> _clients = [];
    private readonly Dictionary<string, HubConnection> _hubs = [];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public int Asked { get; private set; }

    /// <summary>The names of the things that a request of this route names, those of its path first.</summary>
    public IReadOnlyList<string> Names(AccessRoute route) =>
    [
        .. Braces().Matches($"{Path(route.Pattern, route.Asks)} {Words(route.Asks)}").Select(match => match.Groups[1].Value)
            .Where(world.Knows).Distinct(),
    ];

    /// <summary>Asks once.</summary>
    /// <param name="whose">Whose the thing of each name is.</param>
    public async Task<AccessAnswer> AskAsync(AccessRoute route, string caller, Func<string, Whose> whose)
    {
        Asked++;
        var names = Names(route);
        string Filled(string text) => names.Aggregate(text, (filled, name) => filled.Replace($"{{{name}}}", world.Id(name, whose(name)),
            StringComparison.Ordinal));
        var answer = route.Method switch
        {
            "HUB" => await AskHubAsync(caller, route.Pattern, Filled(route.Asks).Split(' ')),
            "MCP" => await SendAsync(caller, HttpMethod.Post, "/mcp", Content("application/json", $$$"""
                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"{{{route.Pattern}}}","arguments":{{{Filled(route.Asks)}}}}}
                """)),
            _ => await SendAsync(caller, new(route.Method), Filled(Path(route.Pattern, route.Asks)), BodyOf(route, Filled)),
        };
        var told = answer.Told;
        // Long ones first: the id of one thing may stand in that of another.
        foreach (var (name, id) in names.Select(name => (name, world.Id(name, whose(name)))).OrderByDescending(one => one.Item2.Length))
            told = told.Replace(id, $"{{{name}}}", StringComparison.Ordinal);
        return answer with { Told = told };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values) client.Dispose();
        foreach (var hub in _hubs.Values) await hub.DisposeAsync();
    }

    private static string Words(string asks) => string.Join(' ', asks.Split(' ').Where(word => !Renames().IsMatch(word)));

    private static string Path(string pattern, string asks)
    {
        var path = asks.Split(' ').Select(word => Renames().Match(word)).Where(match => match.Success)
            .Aggregate(pattern, (path, match) => path.Replace($"{{{match.Groups[1].Value}}}", match.Groups[2].Value,
                StringComparison.Ordinal));
        return path + asks.Split(' ').FirstOrDefault(word => word.StartsWith('?'));
    }

    private static HttpContent? BodyOf(AccessRoute route, Func<string, string> filled)
    {
        if (route.Asks.Contains("photo", StringComparison.Ordinal) && route.Pattern.EndsWith("/photos", StringComparison.Ordinal))
            return new MultipartFormDataContent { { Photo(Sample(3), "image/png"), "photos", "3.png" } };
        return route.Asks.Split(' ').FirstOrDefault(word => word.StartsWith('{')) is { } json
            ? Content("application/json", filled(json)) : null;
    }

    private static StringContent Content(string type, string text) => new(text, Encoding.UTF8, type);

    private async Task<AccessAnswer> SendAsync(string caller, HttpMethod method, string path, HttpContent? content)
    {
        var shown = world[caller];
        if (!_clients.TryGetValue(caller, out var client)) _clients.Add(caller, client = host.ClientFor(shown.Bearer));
        if (shown.Signature is { } signature) path += $"{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}signature={signature}";
        using var request = new HttpRequestMessage(method, path) { Content = content };
        if (path.StartsWith("/mcp", StringComparison.Ordinal)) request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        using var answer = await client.SendAsync(request, Stop);
        var body = Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync(Stop));
        var outcome = (int)answer.StatusCode < 400 ? AccessTable.Ok : $"{(int)answer.StatusCode}";
        if (path.StartsWith("/mcp", StringComparison.Ordinal) && outcome == AccessTable.Ok) outcome = OfTool(body);
        var headers = answer.Headers.Concat(answer.Content.Headers).Where(header => header.Key != "Date")
            .Select(header => $"{header.Key}: {string.Join(", ", header.Value)}").Order(StringComparer.Ordinal);
        return new(outcome, $"{answer.StatusCode}\n{string.Join('\n', headers)}\n{Trace().Replace(body, "")}", body);
    }

    private static string OfTool(string body)
    {
        var result = JsonNode.Parse(body[body.IndexOf('{', StringComparison.Ordinal)..])!["result"]!;
        if ((bool?)result["isError"] != true) return AccessTable.Ok;
        var text = (string)result["content"]![0]!["text"]!;
        var code = text.Split(':')[0];
        return code == "forbidden" ? "403" : code.EndsWith("_not_found", StringComparison.Ordinal) ? "404" : text;
    }

    private async Task<AccessAnswer> AskHubAsync(string caller, string method, string[] arguments)
    {
        try
        {
            if (!_hubs.TryGetValue(caller, out var hub)) hub = host.Hub(world[caller].Bearer ?? "");
            if (hub.State == HubConnectionState.Disconnected) await hub.StartAsync(Stop);
            _hubs[caller] = hub;
            object?[] given = [.. arguments.Select(word => word switch { "null" => null, "0" => (object)0L, _ => word })];
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            patience.CancelAfter(method == Endless ? TimeSpan.FromSeconds(0.3) : TimeSpan.FromSeconds(10));
            await foreach (var one in hub.StreamAsyncCore<object>(method, given, patience.Token)) return new(AccessTable.Ok, "", $"{one}");
            return new(AccessTable.Ok, "", "");
        }
        catch (OperationCanceledException) when (!Stop.IsCancellationRequested)
        {
            return new(method == Endless ? AccessTable.Ok : "silence", "", "");
        }
        catch (HttpRequestException e) when (e.StatusCode is { } status)
        {
            return new($"{(int)status}", $"{status}", "");
        }
        catch (HubException e)
        {
            var outcome = e.Message.Contains("There is no", StringComparison.Ordinal) ? "404"
                : Refusals().IsMatch(e.Message) ? "403" : e.Message;
            return new(outcome, e.Message, e.Message);
        }
    }

    [GeneratedRegex("\\{([a-zA-Z-]+)\\}")]
    private static partial Regex Braces();

    [GeneratedRegex("^([a-zA-Z]+)=(\\S+)$")]
    private static partial Regex Renames();

    [GeneratedRegex("may not call|does not open")]
    private static partial Regex Refusals();

    [GeneratedRegex(",?\"traceId\":\"[^\"]*\"")]
    private static partial Regex Trace();
}

/// <param name="Outcome"><c>ok</c>, or the status.</param>
/// <param name="Told">Status, headers and words, with names in place of the ids that were asked about.</param>
/// <param name="Body">As it came.</param>
internal sealed record AccessAnswer(string Outcome, string Told, string Body);
