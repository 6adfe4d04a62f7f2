namespace ViCo.Pictures.Drawing;

/// <summary>One row of a contact sheet.</summary>
/// <param name="Caption">Written above the pictures: a prompt, or what the row shows.</param>
public sealed record SheetRow(string Caption, IReadOnlyList<Picture> Pictures);
