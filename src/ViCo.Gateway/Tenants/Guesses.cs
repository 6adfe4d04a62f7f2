using System.Collections.Concurrent;

namespace ViCo.Gateway.Tenants;

/// <summary>Logs keys that do not hold: once in a while for each source, since whoever guesses sends thousands.</summary>
internal sealed partial class Guesses(TimeProvider clock, ILogger<Guesses> logger)
{
    private static readonly TimeSpan Once = TimeSpan.FromMinutes(10);

    private const int MaxSources = 1000;

    private readonly ConcurrentDictionary<string, DateTimeOffset> _told = new();

    public void Note(HttpContext context, ApiKey key)
    {
        var source = context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        var now = clock.GetUtcNow();
        if (_told.TryGetValue(source, out var last) && now - last < Once) return;
        if (_told.Count >= MaxSources) _told.Clear();
        _told[source] = now;
        LogGuess(source, key.Prefix, Once.TotalMinutes);
    }

    [LoggerMessage(LogLevel.Warning,
        "{Source} sent a key that does not hold, {Prefix}; what else it sends is not logged for {Minutes} minutes")]
    private partial void LogGuess(string source, string prefix, double minutes);
}
