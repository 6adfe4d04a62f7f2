namespace ViCo.Engine.Methods.Parts;

/// <summary>What stands for an object in prompts: learned rows, and behind them words that stay as they are.</summary>
/// <param name="Learned">Rows that are trained; 0: none.</param>
/// <param name="Start">The word whose embedding each of them starts from; its mean where it is several tokens.</param>
/// <param name="Words">Ordinary words; empty: none.</param>
internal sealed record ObjectName(int Learned, string Start, string Words)
{
    /// <summary>Rows that start from a word, and nothing behind them: Textual Inversion's and ViCo's S★.</summary>
    public static ObjectName Rows(int learned, string start) => new(learned, start, "");

    /// <summary>Words alone, so that a prompt with a placeholder is the same as one with the words.</summary>
    public static ObjectName Of(string words) => new(0, "", words);
}
