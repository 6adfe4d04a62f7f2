using Microsoft.Extensions.Options;
using ViCo.Options;

namespace ViCo.Silo;

internal sealed class EngineOptionsValidator : IValidateOptions<EngineOptions>
{
    public ValidateOptionsResult Validate(string? name, EngineOptions options)
    {
        List<string> wrong = [];
        if (options.Kind is not ("torch" or "rehearsal"))
            wrong.Add($"{EngineOptions.Section}:Kind is '{options.Kind}'; wanted 'torch' or 'rehearsal'.");
        if (options.Kind == "torch" && string.IsNullOrWhiteSpace(options.Model))
            wrong.Add($"{EngineOptions.Section}:Model is not set; wanted the folder of a base model (environment: "
                + $"ViCo__Engine__Model=models/toybox).");
        else if (!string.IsNullOrWhiteSpace(options.Model) && !File.Exists(Path.Combine(options.Model, "model_index.json")))
            wrong.Add($"{EngineOptions.Section}:Model is '{Path.GetFullPath(options.Model)}', which holds no model_index.json; wanted "
                + $"a folder in diffusers layout.");
        foreach (var problem in EngineOption.All.Check(options.Values))
            wrong.Add($"{EngineOptions.Section}:{char.ToUpperInvariant(problem.Message[0])}{problem.Message[1..]}");
        if (options.RehearsalStep < TimeSpan.Zero || options.RehearsalStep > TimeSpan.FromMinutes(10))
            wrong.Add($"{EngineOptions.Section}:RehearsalStep is {options.RehearsalStep}; wanted 0 to 10 min.");
        if (options.ResumeEvery < TimeSpan.FromMilliseconds(1) || options.ResumeEvery > TimeSpan.FromHours(1))
            wrong.Add($"{EngineOptions.Section}:ResumeEvery is {options.ResumeEvery}; wanted 1 ms to 1 h.");
        if (options.DrawTogether is < 1 or > 64)
            wrong.Add($"{EngineOptions.Section}:DrawTogether is {options.DrawTogether}; wanted 1 to 64.");
        return wrong.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(wrong);
    }
}
