namespace ViCo.Engine;

/// <param name="FirstStep">0, or the step of the resume point: the next step is FirstStep + 1.</param>
/// <param name="OptionsJson">The options in force, all defaults filled in, as JSON.</param>
/// <param name="Warnings">What the user would want to know before waiting, such as: there is one photo only.</param>
public sealed record TrainingStart(int FirstStep, int Steps, string OptionsJson, IReadOnlyList<string> Warnings);
