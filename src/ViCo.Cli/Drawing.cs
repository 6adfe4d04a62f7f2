using ViCo.Engine;

namespace ViCo.Cli;

internal static class Drawing
{
    public static byte[] LossPlot(IReadOnlyList<(int Step, double Loss)> losses) => throw new NotImplementedException();
    public static byte[] ContactSheet(IReadOnlyList<PhotoFile> photos, IReadOnlyList<string> prompts, IReadOnlyList<IReadOnlyList<byte[]>> pictures) => throw new NotImplementedException();
    public static Task<byte[]?> MaskOverlayAsync(EngineChoice engine, byte[] checkpoint, PhotoFile photo, CancellationToken cancellationToken) => throw new NotImplementedException();
}
