namespace ViCo.Gateway.Idempotency;

/// <summary>Deletes stored answers that are replayed no more, every hour.</summary>
internal sealed partial class AnswerSweep(StoredAnswers answers, TimeProvider clock, ILogger<AnswerSweep> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, clock);
        do
        {
            try
            {
                await answers.SweepAsync(stoppingToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Warning, "Old stored answers could not be deleted; the next try comes in an hour")]
    private partial void LogFailed(Exception e);
}
