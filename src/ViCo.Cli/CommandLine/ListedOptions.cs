using System.CommandLine;
using System.CommandLine.Parsing;
using ViCo.Options;

namespace ViCo.Cli.CommandLine;

/// <summary>Command-line options made from descriptions: names in kebab-case, help, checks and defaults.</summary>
internal sealed class ListedOptions
{
    private readonly OptionList _list;
    private readonly List<(OptionSpec Spec, System.CommandLine.Option Option)> _options = [];
    private readonly System.CommandLine.Option<string[]>? _pairs;

    /// <param name="pairs">Whether <c>--switch NAME=VALUE</c> is another way to set any of them, as lines from before
    /// they had options of their own do.</param>
    public ListedOptions(OptionList list, bool pairs = false)
    {
        _list = list;
        foreach (var spec in list) _options.Add((spec, Create(spec)));
        if (!pairs) return;
        _pairs = new("--switch")
        {
            Description = "NAME=VALUE: another way to set any of these options. May be repeated.",
            HelpName = "NAME=VALUE",
        };
    }

    public void AddTo(Command command)
    {
        foreach (var (_, option) in _options) command.Add(option);
        if (_pairs is not null) command.Add(_pairs);
        command.Validators.Add(result =>
        {
            // What does not go together; each value's own errors are its option's.
            var values = Values(result.GetResult);
            if (values.Pairs.All(value => _list.Find(value.Key)!.ProblemOf(value.Value) is null))
            {
                foreach (var problem in _list.Check(values)) result.AddError(problem.Message);
            }
        });
    }

    /// <summary>What the line says; the rest is left open.</summary>
    /// <exception cref="UsageException">A pair after <c>--switch</c> cannot be used.</exception>
    public OptionValues Values(ParseResult parsed)
    {
        var values = Values(parsed.GetResult);
        foreach (var pair in _pairs is null ? [] : parsed.GetValue(_pairs) ?? [])
        {
            var (spec, value) = Pair(pair);
            values = values.With(spec.Name, value);
        }
        return values;
    }

    private OptionValues Values(Func<System.CommandLine.Option, OptionResult?> find)
    {
        var values = OptionValues.None;
        foreach (var (spec, option) in _options)
        {
            // A switch needs no word behind it.
            if (find(option) is { Implicit: false } given)
                values = values.With(spec.Name, spec.Parse(given.Tokens.Count == 0 ? "true" : given.Tokens[^1].Value));
        }
        return values;
    }

    private (OptionSpec Spec, object Value) Pair(string pair)
    {
        var (name, text) = pair.IndexOf('=', StringComparison.Ordinal) is > 0 and var at ? (pair[..at], pair[(at + 1)..]) : (pair, "");
        var spec = _list.FirstOrDefault(o => o.KebabName == name)
            ?? throw new UsageException(
                $"--switch {pair}: there is no switch '{name}'; there are: {string.Join(", ", _list.Select(o => o.KebabName))}.");
        var value = spec.Parse(text);
        return spec.Accept(value) is not null ? (spec, value)
            : throw new UsageException($"--switch {pair}: '{text}' is no value of {name}; wanted {spec.Wanted}.");
    }

    private static System.CommandLine.Option<string?> Create(OptionSpec spec)
    {
        var name = $"--{spec.KebabName}";
        var option = new System.CommandLine.Option<string?>(name, [.. spec.OldNames.Select(old => $"--{OptionSpec.KebabOf(old)}")])
        {
            Description = Description(spec),
            HelpName = HelpName(spec),
        };
        if (spec.Kind == OptionKind.Switch) option.Arity = ArgumentArity.ZeroOrOne;
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var text }] && spec.ProblemOf(spec.Parse(text)) is not null)
                result.AddError($"{name} is {text}; {Complaint(spec, text)}");
        });
        if (spec.Kind == OptionKind.Choice) option.CompletionSources.Add([.. spec.Choices.Select(c => c.Value)]);
        return option;
    }

    private static string Complaint(OptionSpec spec, string text) =>
        spec.Kind == OptionKind.Number && text.Contains(',', StringComparison.Ordinal)
            ? $"a number has a decimal point here: {text.Replace(',', '.')}."
            : $"{spec.Wanted} is wanted.";

    private static string Description(OptionSpec spec)
    {
        var choices = spec.Choices.Count == 0 ? "" : $" {string.Join("; ", spec.Choices.Select(c => $"{c.Value}: {c.Meaning}"))}.";
        var range = spec.Kind is OptionKind.Integer or OptionKind.Number or OptionKind.IntegerList ? $" {Sentence(spec.Wanted)}." : "";
        return $"{spec.Help}{choices}{range}{(spec.DefaultInWords is { Length: > 0 } words ? $" Default: {words}." : "")}";
    }

    private static string HelpName(OptionSpec spec) => spec.Kind switch
    {
        OptionKind.Integer => "N",
        OptionKind.Number => "X",
        OptionKind.Switch => "true|false",
        OptionKind.Choice => string.Join('|', spec.Choices.Select(c => c.Value)),
        OptionKind.IntegerList => "N,N",
        _ => "TEXT",
    };

    private static string Sentence(string words) => char.ToUpperInvariant(words[0]) + words[1..];
}
