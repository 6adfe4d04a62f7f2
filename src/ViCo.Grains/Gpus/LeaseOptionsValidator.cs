using Microsoft.Extensions.Options;

namespace ViCo.Grains.Gpus;

internal sealed class LeaseOptionsValidator : IValidateOptions<LeaseOptions>
{
    public ValidateOptionsResult Validate(string? name, LeaseOptions options)
    {
        List<string> wrong = [];
        if (options.Duration < TimeSpan.FromSeconds(1) || options.Duration > TimeSpan.FromHours(1))
            wrong.Add($"{LeaseOptions.Section}:Duration is {options.Duration}; wanted 1 s to 1 h.");
        if (options.RenewEvery <= TimeSpan.Zero || options.RenewEvery > options.Duration / 2)
            wrong.Add($"{LeaseOptions.Section}:RenewEvery is {options.RenewEvery}; wanted more than 0 and at most half of Duration "
                + $"({options.Duration}).");
        if (options.TrainingQuantum < TimeSpan.FromSeconds(1) || options.TrainingQuantum > TimeSpan.FromHours(1))
            wrong.Add($"{LeaseOptions.Section}:TrainingQuantum is {options.TrainingQuantum}; wanted 1 s to 1 h.");
        if (options.ShareAfter < TimeSpan.Zero || options.ShareAfter > TimeSpan.FromMinutes(1))
            wrong.Add($"{LeaseOptions.Section}:ShareAfter is {options.ShareAfter}; wanted 0 to 1 min.");
        foreach (var (setting, silence) in new[] { (nameof(LeaseOptions.SilenceAtMost), options.SilenceAtMost),
            (nameof(LeaseOptions.SilenceBeforeFirstStep), options.SilenceBeforeFirstStep) })
        {
            if (silence < TimeSpan.FromSeconds(1) || silence > TimeSpan.FromDays(1))
                wrong.Add($"{LeaseOptions.Section}:{setting} is {silence}; wanted 1 s to 1 day.");
        }
        if (options.MaxFruitlessAttempts is < 1 or > 100)
            wrong.Add($"{LeaseOptions.Section}:MaxFruitlessAttempts is {options.MaxFruitlessAttempts}; wanted 1 to 100.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
