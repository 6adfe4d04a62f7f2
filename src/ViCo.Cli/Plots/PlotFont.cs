using ScottPlot;
using SkiaSharp;

namespace ViCo.Cli.Plots;

/// <summary>The one typeface of plots and sheets. It lies beside the program, since machines that train may have no fonts.</summary>
internal static class PlotFont
{
    public const string Name = "Inter";

    private static readonly string File = Path.Combine(AppContext.BaseDirectory, "Plots", "Fonts", "Inter-Regular.ttf");

    private static readonly Lazy<SKTypeface> Loaded = new(() =>
        SKTypeface.FromFile(File) ?? throw new InvalidDataException($"'{File}' is no font; it belongs to the program."));

    private static readonly Lazy<bool> Known = new(() =>
    {
        Fonts.AddFontFile(Name, File, bold: false, italic: false);
        return true;
    });

    public static SKTypeface Typeface => Loaded.Value;

    /// <summary>Sets every text of a plot in it.</summary>
    public static void SetIn(Plot plot)
    {
        _ = Known.Value;
        plot.Font.Set(Name);
    }
}
