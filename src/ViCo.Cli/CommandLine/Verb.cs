using System.CommandLine;

namespace ViCo.Cli.CommandLine;

/// <summary>A command whose help ends with examples: pairs of a command line and what it does.</summary>
internal sealed class Verb(string name, string description, params (string Line, string Meaning)[] examples) : Command(name, description)
{
    public IReadOnlyList<(string Line, string Meaning)> Examples { get; } = examples;

    /// <summary>This verb with further ones under it.</summary>
    public Verb With(IEnumerable<Command> verbs)
    {
        foreach (var verb in verbs) Add(verb);
        return this;
    }
}
