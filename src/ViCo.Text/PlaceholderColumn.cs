namespace ViCo.Text;

/// <summary>Where a placeholder stands in a framed prompt.</summary>
/// <param name="Column">Position in the sequence, the begin token being 0.</param>
/// <param name="Index">Which placeholder, as numbered by the caller.</param>
/// <param name="Row">Which of the placeholder's ids, where it takes several.</param>
public readonly record struct PlaceholderColumn(int Column, int Index, int Row = 0);
