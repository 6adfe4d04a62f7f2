namespace ViCo.Cli.Doctor;

internal sealed record Finding(FindingMark Mark, string Name, string Text)
{
    public static Finding Good(string name, string text) => new(FindingMark.Good, name, text);

    /// <summary>Worth knowing; nothing fails for it.</summary>
    public static Finding Note(string name, string text) => new(FindingMark.Note, name, text);

    public static Finding Missing(string name, string text) => new(FindingMark.Missing, name, text);
}
