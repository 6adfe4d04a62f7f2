namespace ViCo.Engine.Generation;

/// <summary>After which denoising steps a picture on its way is shown.</summary>
internal static class PreviewSteps
{
    /// <summary>
    /// Whether <paramref name="step"/>, 1-based, is one of <paramref name="previews"/> that part the steps evenly. The last
    /// step never is: there the picture is done.
    /// </summary>
    public static bool Due(int step, int steps, int previews) =>
        previews > 0 && step < steps && (long)step * (previews + 1) / steps > (long)(step - 1) * (previews + 1) / steps;
}
