namespace ViCo.Options;

/// <summary>What is wrong with one value.</summary>
/// <param name="Name">The option's name.</param>
/// <param name="Message">The name, what was found and what was wanted, as a sentence.</param>
/// <param name="Fault">What kind of mistake it is.</param>
public sealed record OptionProblem(string Name, string Message, OptionFault Fault = OptionFault.Value);
