using Microsoft.Extensions.Logging;

namespace ViCo.Grains.Jobs;

internal sealed partial class JobGrain
{
    [LoggerMessage(LogLevel.Information, "Job {Job}: attempt {Attempt} started on {Worker} from step {Step}")]
    private partial void LogStarted(string job, int attempt, string worker, int step);

    [LoggerMessage(LogLevel.Information, "Job {Job}: attempt {Attempt} ended it as {State}")]
    private partial void LogEnded(string job, int attempt, string state);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: attempt {Attempt} failed with {Code}; now {State}")]
    private partial void LogFailed(string job, int attempt, string code, string state);

    [LoggerMessage(LogLevel.Warning, "Job {Job}: lease of attempt {Attempt} lost; now {State}")]
    private partial void LogLeaseLost(string job, int attempt, string state);
}
