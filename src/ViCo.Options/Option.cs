namespace ViCo.Options;

/// <summary>An option whose values are read as <typeparamref name="T"/>.</summary>
public sealed record Option<T> : OptionSpec
{
    private readonly Func<object?, T> _read;

    internal Option(OptionKind kind, string name, object? fallback, string help, Func<object?, T> read)
        : base(kind, name, fallback, help) => _read = read;

    /// <summary>The default of those who say none: <see cref="OptionSpec.Fallback"/>.</summary>
    public T Default => _read(Fallback);

    internal T Read(object value) => _read(value);
}

/// <summary>Makes options.</summary>
public static class Option
{
    /// <summary>A whole number.</summary>
    public static Option<int> Integer(string name, int least, int most, int fallback, string help) =>
        new(OptionKind.Integer, name, (long)fallback, help, v => (int)(long)v!) { Least = (long)least, Most = (long)most };

    /// <summary>A whole number, or none.</summary>
    public static Option<int?> OptionalInteger(string name, int least, int most, string help) =>
        new(OptionKind.Integer, name, null, help, v => (int?)(long?)v) { Least = (long)least, Most = (long)most };

    /// <summary>A whole number of 64 bits.</summary>
    public static Option<long> LongInteger(string name, long least, long most, long fallback, string help) =>
        new(OptionKind.Integer, name, fallback, help, v => (long)v!) { Least = least, Most = most };

    /// <summary>A finite number.</summary>
    public static Option<double> Number(string name, double least, double most, double fallback, string help) =>
        new(OptionKind.Number, name, fallback, help, v => (double)v!) { Least = least, Most = most };

    /// <summary>A finite number, or none.</summary>
    public static Option<double?> OptionalNumber(string name, double least, double most, string help) =>
        new(OptionKind.Number, name, null, help, v => (double?)v) { Least = least, Most = most };

    /// <summary>Yes or no.</summary>
    public static Option<bool> Switch(string name, bool fallback, string help) =>
        new(OptionKind.Switch, name, fallback, help, v => (bool)v!);

    /// <summary>One of a few words.</summary>
    public static Option<string> Choice(string name, string fallback, string help, params IReadOnlyList<OptionChoice> choices) =>
        new(OptionKind.Choice, name, fallback, help, v => (string)v!) { Choices = choices };

    /// <summary>Whole numbers, each once.</summary>
    public static Option<IReadOnlyList<int>> IntegerList(string name, int least, int most, IReadOnlyList<int> fallback, string help) =>
        new(OptionKind.IntegerList, name, fallback, help, v => (IReadOnlyList<int>)v!) { Least = (long)least, Most = (long)most };

    /// <summary>Texts, none by default.</summary>
    public static Option<IReadOnlyList<string>> TextList(string name, int most, string help) =>
        new(OptionKind.TextList, name, Array.Empty<string>(), help, v => (IReadOnlyList<string>)v!) { Least = 0L, Most = (long)most };

    /// <summary>Any text.</summary>
    public static Option<string> Text(string name, int most, string fallback, string help) =>
        new(OptionKind.Text, name, fallback, help, v => (string)v!) { Least = 0L, Most = (long)most };
}
