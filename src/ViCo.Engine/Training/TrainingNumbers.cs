using System.Security.Cryptography;
using System.Text;

namespace ViCo.Engine.Training;

/// <summary>
/// What moves the numbers of a training, by name: whoever goes on from a resume point must agree in all of it, and in nothing else. Steps,
/// how often something is kept and how many bytes a checkpoint takes move none.
/// </summary>
/// <remarks>
/// The names of version 1 are always there. An option that is added later gets an entry only where it is not at its default, so
/// that resume points of before it still fit.
/// </remarks>
internal static class TrainingNumbers
{
    /// <summary>Version of the list.</summary>
    public const string Version = "1";

    public static IReadOnlyDictionary<string, string> Of(string baseDigest, TrainingRequest request, TrainingOptions options)
    {
        var numbers = new SortedDictionary<string, string>(options.Fingerprint().ToDictionary(), StringComparer.Ordinal)
        {
            ["version"] = Version,
            ["base model"] = baseDigest,
        };
        foreach (var (learned, k) in request.Objects.Select((o, k) => (o, k)))
        {
            var which = request.Others.Count == 0 ? "" : $" {k + 1}";
            numbers[$"init word{which}"] = learned.InitWord;
            numbers[$"photos{which}"] = $"{learned.Photos.Count}, {Digest(learned.Photos)[..16]}";
            var captions = string.Join('\n', learned.Photos.Select(p => p.Caption));
            if (learned.Photos.Any(p => p.Caption is not null))
                numbers[$"captions of photos{which}"] = Digest([Encoding.UTF8.GetBytes(captions)])[..16];
            if (learned.Photos.Any(p => p.Mask is not null))
                numbers[$"masks of photos{which}"] = Digest(learned.Photos.Select(p => p.Mask ?? ReadOnlyMemory<byte>.Empty))[..16];
        }
        if (request.ClassPhotos.Count > 0) numbers["class photos"] = $"{request.ClassPhotos.Count}, {Digest(request.ClassPhotos)[..16]}";
        return numbers;
    }

    /// <summary>The first entry in which two lists differ, in words; null: they agree.</summary>
    public static string? Difference(IReadOnlyDictionary<string, string> there, IReadOnlyDictionary<string, string> here)
    {
        foreach (var name in there.Keys.Union(here.Keys).Order(StringComparer.Ordinal))
        {
            var (mine, theirs) = (here.GetValueOrDefault(name, "unset"), there.GetValueOrDefault(name, "unset"));
            if (mine != theirs) return $"{name} is {mine}, and was {theirs}";
        }
        return null;
    }

    private static string Digest(IReadOnlyList<PhotoFile> photos) => Digest(photos.Select(p => p.Content));

    private static string Digest(IEnumerable<ReadOnlyMemory<byte>> contents) =>
        Convert.ToHexStringLower(SHA256.HashData([.. contents.SelectMany(c => SHA256.HashData(c.Span))]));
}
