using ViCo.Options;

namespace ViCo.Gateway;

/// <summary>A front-end's own end user: text that is handed back and filtered by, and not looked into.</summary>
internal static class EndUser
{
    public const int MaxLength = 64;

    /// <summary>The field of requests.</summary>
    public static readonly Option<string> Field = Option.Text(
        "user", MaxLength, "", "The front-end's own user that it is for: 1 to 64 visible ASCII characters.") with { Least = 1L };

    /// <summary>Any sign but blanks, so that it may stand in an address.</summary>
    public static OptionProblem? Reads(OptionValues values) =>
        values.Has(Field) && ProblemOf(values.Get(Field)) is { } problem ? new(Field.Name, problem) : null;

    /// <summary>What is wrong with one, or null.</summary>
    public static string? ProblemOf(string? user) => user is not null
        && (user.Length is 0 or > MaxLength || user.Any(c => c is <= ' ' or > '~'))
        ? $"user has {user.Length} characters; wanted 1 to {MaxLength} visible ASCII characters." : null;

    /// <summary>Who a request is for, or null.</summary>
    public static string? Of(OptionValues values) => values.Has(Field) ? values.Get(Field) : null;
}
