namespace ViCo.Options;

/// <summary>That an option, or one word of a choice, goes only with some values of another option.</summary>
/// <param name="Option">The other option's name.</param>
/// <param name="Values">Those that do.</param>
public sealed record OptionNeed(string Option, IReadOnlyList<string> Values);
