using Microsoft.Extensions.Logging;

namespace ViCo.Gateway.Tests;

/// <summary>Counts what the server logs as an error.</summary>
internal sealed class ErrorLog : ILoggerProvider, ILogger
{
    private int _errors;

    public int Errors => Volatile.Read(ref _errors);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel)) Interlocked.Increment(ref _errors);
    }

    public void Dispose()
    {
    }
}
