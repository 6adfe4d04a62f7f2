namespace ViCo.Options;

/// <summary>One word that a choice may be.</summary>
/// <param name="Value">As users write it.</param>
/// <param name="Meaning">A few words for people.</param>
/// <param name="Needs">What another option has to be; null: anything.</param>
public sealed record OptionChoice(string Value, string Meaning, OptionNeed? Needs = null);

/// <summary>That an option, or one word of a choice, goes only with some values of another option.</summary>
/// <param name="Option">The other option's name.</param>
/// <param name="Values">Those that do.</param>
public sealed record OptionNeed(string Option, IReadOnlyList<string> Values);
