using System.Globalization;
using ViCo.Options;

namespace ViCo.Grains.Concepts;

/// <summary>A concept whose low-rank pairs are added to a drawing, written as its id, or as <c>id:weight</c>.</summary>
/// <param name="Weight">How often they count.</param>
public sealed record LoraChoice(string ConceptId, double Weight)
{
    /// <summary>The choice that a text names, or null when it names none.</summary>
    public static LoraChoice? TryParse(string text)
    {
        var cut = text.LastIndexOf(':');
        var weight = 1.0;
        if (cut >= 0 && !double.TryParse(text.AsSpan(cut + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out weight)) return null;
        var id = cut < 0 ? text : text[..cut];
        return id.Length is >= 1 and <= 80 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && Math.Abs(weight) <= LoraBounds.MostWeight ? new(id, weight) : null;
    }
}
