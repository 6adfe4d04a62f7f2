namespace ViCo.Options;

/// <summary>A training method as its users see it.</summary>
/// <param name="Name">Value of <see cref="TrainingOption.Method"/>.</param>
/// <param name="Meaning">A few words for people.</param>
/// <param name="Options">Its own options, beside those that every training has.</param>
public sealed record MethodOptions(string Name, string Meaning, OptionList Options);
