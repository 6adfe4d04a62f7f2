namespace ViCo.Text;

/// <summary>A prompt as the text model takes it: begin, ids, end, padding.</summary>
/// <param name="Ids">As many as the tokenizer's maximum length. Ids from the vocabulary's size on
/// stand for learned rows: size + row.</param>
/// <param name="Placeholders">Where placeholders' ids stand, in order; those cut off with a text too long are missing.</param>
/// <param name="EndOfText">Column of the first end token.</param>
/// <param name="DroppedTokens">Tokens of the text that did not fit.</param>
public sealed record TokenizedPrompt(
    IReadOnlyList<long> Ids, IReadOnlyList<PlaceholderColumn> Placeholders, int EndOfText, int DroppedTokens);
