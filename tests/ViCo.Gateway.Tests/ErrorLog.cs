using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ViCo.Gateway.Tests;

/// <summary>Counts what the server logs as an error, and keeps what it logs at all.</summary>
internal sealed class ErrorLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentBag<string> _lines = [];
    private int _errors;

    public IEnumerable<string> Lines => _lines;

    public int Errors => Volatile.Read(ref _errors);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?,
        string> formatter)
    {
        if (!IsEnabled(logLevel)) return;
        _lines.Add($"{formatter(state, exception)} {exception}");
        if (logLevel >= LogLevel.Error) Interlocked.Increment(ref _errors);
    }

    public void Dispose()
    {
    }
}
