using System.Globalization;

namespace ViCo.Pictures.Drawing;

/// <summary>A small font of our own: each sign is a 5-column dot drawing whose neighbouring dots are joined by round strokes, smooth at any size.</summary>
/// <remarks>Basic Latin and a few signs; accents are dropped, what is unknown becomes a box. Machines that run this have no fonts.</remarks>
internal static class StrokeFont
{
    /// <summary>Dots from the top of a capital to the base line; two more hang below.</summary>
    private const int CapitalDots = 7;

    private const double StrokeRadius = 0.36, Gap = 1.25, SpaceWidth = 2.4;

    /// <summary>Per sign: up to nine rows from the top, five bits each, leftmost bit 16.</summary>
    private const string Dots = """
        A 0E 11 11 1F 11 11 11|B 1E 11 11 1E 11 11 1E|C 0E 11 10 10 10 11 0E|D 1E 11 11 11 11 11 1E|E 1F 10 10 1E 10 10 1F|F 1F 10 10 1E 10 10 10
        G 0E 11 10 17 11 11 0E|H 11 11 11 1F 11 11 11|I 0E 04 04 04 04 04 0E|J 07 02 02 02 02 12 0C|K 11 12 14 18 14 12 11|L 10 10 10 10 10 10 1F
        M 11 1B 15 15 11 11 11|N 11 11 19 15 13 11 11|O 0E 11 11 11 11 11 0E|P 1E 11 11 1E 10 10 10|Q 0E 11 11 11 15 12 0D|R 1E 11 11 1E 14 12 11
        S 0E 11 10 0E 01 11 0E|T 1F 04 04 04 04 04 04|U 11 11 11 11 11 11 0E|V 11 11 11 11 11 0A 04|W 11 11 11 15 15 1B 11|X 11 11 0A 04 0A 11 11
        Y 11 11 0A 04 04 04 04|Z 1F 01 02 04 08 10 1F|0 0E 11 11 11 11 11 0E|1 04 0C 04 04 04 04 0E|2 0E 11 01 02 04 08 1F|3 1F 02 04 02 01 11 0E
        4 02 06 0A 12 1F 02 02|5 1F 10 1E 01 01 11 0E|6 06 08 10 1E 11 11 0E|7 1F 01 02 04 08 08 08|8 0E 11 11 0E 11 11 0E|9 0E 11 11 0F 01 02 0C
        a 00 00 0E 01 0F 11 0F|b 10 10 1E 11 11 11 1E|c 00 00 0E 11 10 11 0E|d 01 01 0F 11 11 11 0F|e 00 00 0E 11 1F 10 0E|f 06 08 08 1C 08 08 08
        g 00 00 0F 11 11 11 0F 01 0E|h 10 10 1E 11 11 11 11|i 04 00 04 04 04 04 04|j 02 00 02 02 02 02 02 02 0C|k 10 10 12 14 18 14 12|l 08 08 08 08 08 08 04
        m 00 00 1E 15 15 15 15|n 00 00 1E 11 11 11 11|o 00 00 0E 11 11 11 0E|p 00 00 1E 11 11 11 1E 10 10|q 00 00 0F 11 11 11 0F 01 01|r 00 00 16 18 10 10 10
        s 00 00 0F 10 0E 01 1E|t 08 08 1C 08 08 08 06|u 00 00 11 11 11 11 0F|v 00 00 11 11 11 0A 04|w 00 00 11 11 15 15 0A|x 00 00 11 0A 04 0A 11
        y 00 00 11 11 11 11 0F 01 0E|z 00 00 1F 02 04 08 1F|! 04 04 04 04 04 00 04|" 0A 0A|# 0A 0A 1F 0A 1F 0A 0A|$ 04 0F 14 0E 05 1E 04
        % 18 19 02 04 08 13 03|& 0C 12 14 08 15 12 0D|' 04 04|( 02 04 04 04 04 04 02|) 08 04 04 04 04 04 08|* 00 15 0E 1F 0E 15|+ 00 00 04 04 1F 04 04
        , 00 00 00 00 00 00 04 08|- 00 00 00 00 0E|. 00 00 00 00 00 00 04|/ 01 01 02 04 08 10 10|: 00 00 00 04 00 00 04|; 00 00 00 04 00 00 04 08
        < 00 02 04 08 04 02|= 00 00 00 1F 00 1F|> 00 08 04 02 04 08|? 0E 11 01 02 04 00 04|@ 0E 11 17 15 17 10 0E|[ 0C 08 08 08 08 08 0C
        \ 10 10 08 04 02 01 01|] 06 02 02 02 02 02 06|^ 04 0A 11|_ 00 00 00 00 00 00 00 1F|` 08 04|{ 02 04 04 08 04 04 02|} 08 04 04 02 04 04 08
        ~ 00 00 00 08 15 02|× 00 00 11 0A 04 0A 11|· 00 00 00 00 04|– 00 00 00 00 1F|… 00 00 00 00 00 00 15|° 0C 12 12 0C|★ 04 04 1F 0E 0E 1B 11
        """;

    private static readonly Dictionary<char, Glyph> Glyphs = MakeGlyphs();
    private static readonly Glyph Unknown = Glyph.From([0x1F, 0x11, 0x11, 0x11, 0x11, 0x11, 0x1F]);

    /// <summary>Width in pixels of a line of text whose capitals are <paramref name="capitalHeight"/> px high.</summary>
    public static double Measure(string text, double capitalHeight)
    {
        var unit = Unit(capitalHeight);
        return Signs(text).Sum(sign => Advance(sign) * unit);
    }

    /// <summary>Draws one line; (x, y) is the top left corner of a capital.</summary>
    public static void Draw(Canvas canvas, string text, double x, double y, double capitalHeight, Colour colour)
    {
        var unit = Unit(capitalHeight);
        foreach (var sign in Signs(text))
        {
            if (sign != ' ')
                DrawGlyph(canvas, Find(sign), x + (StrokeRadius * unit), y + (StrokeRadius * unit), unit, colour);
            x += Advance(sign) * unit;
        }
    }

    /// <summary>The text, cut with an ellipsis where it is wider than <paramref name="width"/> px.</summary>
    public static string Fit(string text, double width, double capitalHeight)
    {
        if (Measure(text, capitalHeight) <= width)
            return text;
        while (text.Length > 0 && Measure(text + "…", capitalHeight) > width)
            text = text[..^1];
        return text.TrimEnd() + "…";
    }

    private static double Unit(double capitalHeight) => capitalHeight / (CapitalDots - 1 + (2 * StrokeRadius));

    private static double Advance(char sign) => sign == ' ' ? SpaceWidth : Find(sign).Width + (2 * StrokeRadius) + Gap;

    private static Glyph Find(char sign) => Glyphs.GetValueOrDefault(sign, Unknown);

    /// <summary>Without accents where the letter under them is known.</summary>
    private static IEnumerable<char> Signs(string text)
    {
        foreach (var c in text)
        {
            switch (c)
            {
                case '’' or '‘': yield return '\''; break;
                case '“' or '”': yield return '"'; break;
                case '—': yield return '–'; break;
                case >= 'À' and <= 'ÿ' when !Glyphs.ContainsKey(c): yield return "AAAAAAACEEEEIIIIDNOOOOO×OUUUUYPsaaaaaaaceeeeiiiidnooooo/ouuuuypy"[c - 'À']; break;
                case var _ when char.IsWhiteSpace(c): yield return ' '; break;
                case var _ when char.IsLowSurrogate(c) || char.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.Format: break;
                default: yield return c; break;
            }
        }
    }

    private static void DrawGlyph(Canvas canvas, Glyph glyph, double x, double y, double unit, Colour colour)
    {
        var radius = Math.Max(StrokeRadius * unit, 0.55);
        var reach = radius + 1;
        for (var py = Math.Max((int)(y - reach), 0); py <= Math.Min((int)(y + (8 * unit) + reach), canvas.Height - 1); py++)
        {
            for (var px = Math.Max((int)(x - reach), 0); px <= Math.Min((int)(x + (glyph.Width * unit) + reach), canvas.Width - 1); px++)
            {
                // One coverage per glyph, so that strokes do not darken where they meet.
                var nearest = double.MaxValue;
                foreach (var (x0, y0, x1, y1) in glyph.Strokes)
                    nearest = Math.Min(nearest, Canvas.Distance(px + 0.5, py + 0.5, x + (x0 * unit), y + (y0 * unit), x + (x1 * unit), y + (y1 * unit)));
                canvas.Set(px, py, colour, Math.Clamp(radius + 0.5 - nearest, 0, 1));
            }
        }
    }

    private static Dictionary<char, Glyph> MakeGlyphs()
    {
        var glyphs = new Dictionary<char, Glyph> { ['|'] = Glyph.From([4, 4, 4, 4, 4, 4, 4, 4]) };
        foreach (var entry in Dots.ReplaceLineEndings("|").Split('|', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var rows = entry[2..].Split(' ');
            glyphs.Add(entry[0], Glyph.From(Array.ConvertAll(rows, r => byte.Parse(r, NumberStyles.HexNumber, CultureInfo.InvariantCulture))));
        }

        return glyphs;
    }

    /// <param name="Width">In dots, from the first to the last used column.</param>
    /// <param name="Strokes">Segments in dots; a lone dot is a segment without length.</param>
    private sealed record Glyph(int Width, IReadOnlyList<(int X0, int Y0, int X1, int Y1)> Strokes)
    {
        public static Glyph From(byte[] rows)
        {
            var used = rows.Aggregate(0, (a, b) => a | b);
            var left = 0;
            while ((used & (0x10 >> left)) == 0)
                left++;
            var right = 4;
            while ((used & (0x10 >> right)) == 0)
                right--;

            var strokes = new List<(int, int, int, int)>();
            for (var y = 0; y < rows.Length; y++)
            {
                for (var x = left; x <= right; x++)
                {
                    if (!Lit(x, y))
                        continue;
                    strokes.Add((x - left, y, x - left, y));
                    if (Lit(x + 1, y))
                        strokes.Add((x - left, y, x + 1 - left, y));
                    if (Lit(x, y + 1))
                        strokes.Add((x - left, y, x - left, y + 1));
                    // Diagonals only where no corner joins the two already.
                    if (Lit(x + 1, y + 1) && !Lit(x + 1, y) && !Lit(x, y + 1))
                        strokes.Add((x - left, y, x + 1 - left, y + 1));
                    if (Lit(x - 1, y + 1) && !Lit(x - 1, y) && !Lit(x, y + 1))
                        strokes.Add((x - left, y, x - 1 - left, y + 1));
                }
            }

            return new(right - left, strokes);

            bool Lit(int x, int y) => x is >= 0 and <= 4 && y < rows.Length && (rows[y] & (0x10 >> x)) != 0;
        }
    }
}
