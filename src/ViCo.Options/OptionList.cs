using System.Collections;

namespace ViCo.Options;

/// <summary>A rule about values that depend on each other.</summary>
/// <returns>What is wrong, or null. A value that is missing may still come from a base model, so only values that are there can break a
/// rule.</returns>
public delegate OptionProblem? OptionRule(OptionValues values);

/// <summary>Options in the order in which people read them, each name once.</summary>
public sealed class OptionList : IReadOnlyList<OptionSpec>
{
    private readonly IReadOnlyList<OptionSpec> _options;
    private readonly Dictionary<string, OptionSpec> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OptionSpec> _byOldName = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentException">Two options have the same name.</exception>
    public OptionList(IEnumerable<OptionSpec> options, params IReadOnlyList<OptionRule> rules)
    {
        (_options, Rules) = ([.. options], rules);
        foreach (var option in _options)
        {
            if (!_byName.TryAdd(option.Name, option))
                throw new ArgumentException($"Two options are called '{option.Name}'; wanted each name once.");
        }
        foreach (var (old, option) in _options.SelectMany(o => o.OldNames.Select(old => (old, o))))
        {
            if (_byName.ContainsKey(old) || !_byOldName.TryAdd(old, option))
                throw new ArgumentException($"Two options are or were called '{old}'; wanted each name once.");
        }
    }

    /// <summary>The rules about values that depend on each other.</summary>
    public IReadOnlyList<OptionRule> Rules { get; }

    /// <inheritdoc/>
    public int Count => _options.Count;

    /// <inheritdoc/>
    public OptionSpec this[int index] => _options[index];

    /// <summary>The option of that name, or null.</summary>
    public OptionSpec? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>These options and <paramref name="more"/>, and the rules of both; an option that is in both is there once.</summary>
    /// <exception cref="ArgumentException">Two different options have the same name.</exception>
    public OptionList And(params IEnumerable<OptionSpec> more) =>
        new(
            _options.Concat(more).Distinct(),
            [.. Rules, .. (more as OptionList)?.Rules ?? []]);

    /// <summary>Everything that is wrong: unknown names, values that are not allowed, and values that do not go together.</summary>
    public IReadOnlyList<OptionProblem> Check(OptionValues values) => Problems(values, isStored: false);

    private List<OptionProblem> Problems(OptionValues values, bool isStored)
    {
        List<OptionProblem> problems = [];
        foreach (var (name, value) in values.Pairs)
        {
            if (Find(name) is not { } option) problems.Add(new(name, Unknown(name), OptionFault.Unknown));
            else if (isStored && option.AcceptStored(value) is not null) continue;
            else if (option.ProblemOf(value) is { } problem) problems.Add(problem);
        }
        problems.AddRange(_options.Where(o => o.Required && !values.Has(o))
            .Select(o => new OptionProblem(o.Name, $"{o.Name} is missing; wanted {o.Wanted}.", OptionFault.Missing)));
        if (problems.Count == 0) problems.AddRange(Rules.Select(rule => rule(values)).OfType<OptionProblem>());
        return problems;
    }

    /// <summary>The values, once they are checked. Values that only a former version allowed pass.</summary>
    /// <exception cref="ArgumentException">Something is wrong; the message says all of it.</exception>
    public OptionValues Checked(OptionValues values) => Problems(values, isStored: true) is { Count: > 0 } problems
        ? throw new ArgumentException(string.Join(' ', problems.Select(p => p.Message)))
        : values;

    /// <summary>The values with old names made new, as stored files and command lines may have them.</summary>
    /// <exception cref="ArgumentException">An option is there under two names.</exception>
    public OptionValues Renamed(OptionValues values)
    {
        var renamed = values;
        foreach (var (old, value) in values.Pairs)
        {
            if (!_byOldName.TryGetValue(old, out var option)) continue;
            if (values.Has(option)) throw new ArgumentException($"'{old}' and '{option.Name}' are one option; wanted one of them.");
            renamed = renamed.Without(old).With(option.Name, value);
        }
        return renamed;
    }

    /// <summary>A value for every option of the list that has one: where <paramref name="values"/> say none its own default.</summary>
    public OptionValues Filled(OptionValues values)
    {
        var filled = values;
        foreach (var option in _options)
        {
            if (option.Fallback is { } fallback && !values.Has(option)) filled = filled.With(option.Name, fallback);
        }
        return filled;
    }

    /// <summary>Says that there is no such option, and which one may have been meant.</summary>
    public string Unknown(string name)
    {
        var near = _byOldName.TryGetValue(name, out var renamed) ? renamed
            : NearestName.Of(name, _byName.Keys) is { } meant ? _byName[meant] : null;
        return $"There is no option '{name}'; "
            + (near is null ? $"there are: {string.Join(", ", _options.Select(o => o.Name))}." : $"did you mean '{near.Name}'?");
    }

    /// <inheritdoc/>
    public IEnumerator<OptionSpec> GetEnumerator() => _options.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
