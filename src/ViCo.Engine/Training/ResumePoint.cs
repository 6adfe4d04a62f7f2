using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;

namespace ViCo.Engine.Training;

/// <summary>Everything a training needs to go on bit by bit: trained tensors, both moments and the number of updates of each, the step. Randomness and data order follow from the step.</summary>
internal static class ResumePoint
{
    private const string Format = "vico-resume-1";

    /// <summary>Safetensors with the concept's tensors and the optimizer's state.</summary>
    /// <param name="fingerprint">Of the request, see <see cref="Fingerprint"/>.</param>
    public static byte[] Write(Concept concept, AdamW optimizer, string fingerprint) => SafetensorsWriter.ToBytes(
        concept.NamedTensors().Select(t => KeyValuePair.Create<string, Tensor>(t.Name, t.Parameter)).Concat(optimizer.State()),
        new Dictionary<string, string>
        {
            ["format"] = Format,
            ["request"] = fingerprint,
            ["step"] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            ["updates"] = string.Join(' ', optimizer.Updates),
        });

    /// <exception cref="InvalidDataException">The bytes are no resume point, or that of another request or base model.</exception>
    public static void Restore(ReadOnlyMemory<byte> bytes, Concept concept, AdamW optimizer, string fingerprint, int steps)
    {
        using var file = SafetensorsFile.FromBytes(bytes, "resume point");
        if (file.Metadata.GetValueOrDefault("format") is var format && format != Format)
            throw new InvalidDataException($"The resume point's format is '{format}'; wanted '{Format}'.");
        if (file.Metadata.GetValueOrDefault("request") != fingerprint)
            throw new InvalidDataException("The resume point belongs to another request: photos, init word, options, precision or base model differ.");
        if (!int.TryParse(file.Metadata.GetValueOrDefault("step"), NumberStyles.None, CultureInfo.InvariantCulture, out var step) || step > steps)
            throw new InvalidDataException($"The resume point's step is '{file.Metadata.GetValueOrDefault("step")}'; wanted 0 to {steps}.");
        // Points of before tensors were counted one by one have none: then all were updated at every step.
        int[] updates = file.Metadata.GetValueOrDefault("updates") is { } counts
            ? [.. counts.Split(' ').Select(c => int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : -1)]
            : [.. Enumerable.Repeat(step, optimizer.Updates.Count)];
        if (updates.Length != optimizer.Updates.Count || updates.Any(u => u < 0 || u > step))
            throw new InvalidDataException($"The resume point's updates are '{file.Metadata.GetValueOrDefault("updates")}'; wanted {optimizer.Updates.Count} numbers from 0 to {step}.");
        StateDict.Copy(concept.NamedTensors(), file, key => key.Contains('/', StringComparison.Ordinal) ? null : key);
        optimizer.Restore(step, updates, file.Load);
    }

    /// <summary>What must be equal for a resume point to fit: base model, photos in order, init words, which photos are whose, options in force; the options say the precision.</summary>
    public static string Fingerprint(string baseDigest, TrainingRequest request, TrainingOptions options) => Convert.ToHexStringLower(
        SHA256.HashData([
            .. request.Objects.SelectMany(o => o.Photos).SelectMany(p => SHA256.HashData(p.Content.Span)),
            .. Encoding.UTF8.GetBytes($"{baseDigest}\n{request.InitWord}\n{options.ToJson()}{OtherObjects(request)}")]));

    /// <summary>How many photos further objects have, and their init words; empty for one object.</summary>
    public static string OtherObjects(TrainingRequest request) =>
        string.Concat(request.Others.Select(o => string.Create(CultureInfo.InvariantCulture, $"\n{o.Photos.Count} {o.InitWord}")));
}
