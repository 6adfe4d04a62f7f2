namespace ViCo.Options;

/// <summary>One word that a choice may be.</summary>
/// <param name="Value">As users write it.</param>
/// <param name="Meaning">A few words for people.</param>
/// <param name="Needs">What another option has to be; null: anything.</param>
public sealed record OptionChoice(string Value, string Meaning, OptionNeed? Needs = null);
