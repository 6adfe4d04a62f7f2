using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ViCo.Options;

namespace ViCo.Engine.Training;

/// <summary>
/// The hash that resume points were told apart by before there were <see cref="TrainingNumbers"/>: over photos, init words and all options,
/// steps and cadences among them. Still written, so that an older program can go on during a rolling upgrade, and read where there is
/// nothing else.
/// </summary>
internal static class FirstFingerprint
{
    private const int ResumeEvery = 25, CheckpointEvery = 50, PreviewEvery = 50, MostSteps = 100_000;

    /// <param name="baseDigest">Of the base model; null where an engine has none.</param>
    public static string Of(string? baseDigest, TrainingRequest request, TrainingOptions options) =>
        Hash(PhotoDigests(request), Text(baseDigest, request, TrainingOptionsBefore.Json(options.Values)));

    /// <summary>
    /// Whether a point of <paramref name="step"/> steps belongs to this training, whatever steps and cadences it was begun with.
    /// </summary>
    /// <remarks>
    /// A hash does not tell the steps it was made with, so every possible number of them is tried: up to 100,000 short hashes, once.
    /// </remarks>
    public static bool Fits(string fingerprint, int step, string? baseDigest, TrainingRequest request, TrainingOptions options)
    {
        var (photos, steps) = (PhotoDigests(request), options.Get(TrainingOption.Steps));
        return Cadences(options).Any(like =>
        {
            var text = Text(baseDigest, request, TrainingOptionsBefore.Json(like.With(TrainingOption.Steps, MostSteps + 1).Values));
            var cut = text.IndexOf($"\"steps\":{MostSteps + 1}", StringComparison.Ordinal) + "\"steps\":".Length;
            var (before, after) = (text[..cut], text[(cut + $"{MostSteps + 1}".Length)..]);
            return Enumerable.Range(0, MostSteps + 1 - step).Any(i =>
                Hash(photos, $"{before}{(steps + i - step) % (MostSteps + 1 - step) + step}{after}") == fingerprint);
        });
    }

    private static IEnumerable<TrainingOptions> Cadences(TrainingOptions options) =>
        from checkpoint in new[] { options.Get(TrainingOption.CheckpointEvery), CheckpointEvery }.Distinct()
        from resume in new[] { options.Get(TrainingOption.ResumeEvery) ?? ResumeEvery, ResumeEvery }.Distinct()
        from preview in new[] { options.Get(TrainingOption.PreviewEvery), PreviewEvery }.Distinct()
        select options.With(TrainingOption.CheckpointEvery, checkpoint).With(TrainingOption.ResumeEvery, resume)
            .With(TrainingOption.PreviewEvery, preview);

    private static byte[] PhotoDigests(TrainingRequest request) =>
        [.. request.Objects.SelectMany(o => o.Photos).SelectMany(p => SHA256.HashData(p.Content.Span))];

    private static string Text(string? baseDigest, TrainingRequest request, string options) =>
        $"{(baseDigest is null ? "" : $"{baseDigest}\n")}{request.InitWord}\n{options}"
        + string.Concat(request.Others.Select(o => string.Create(CultureInfo.InvariantCulture, $"\n{o.Photos.Count} {o.InitWord}")));

    private static string Hash(byte[] photos, string text) =>
        Convert.ToHexStringLower(SHA256.HashData([.. photos, .. Encoding.UTF8.GetBytes(text)]));
}
