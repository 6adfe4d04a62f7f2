using System.Globalization;
using System.Text.Json;
using ViCo.Engine.Checkpoints;
using ViCo.Engine.Methods;
using ViCo.Engine.Models;
using ViCo.Options;

namespace ViCo.Engine.Training;

/// <summary>
/// Everything a training needs to go on bit by bit: trained tensors, both moments and the number of updates of each, the step.
/// Randomness and data order follow from the step.
/// </summary>
/// <param name="baseDigest">Of the base model.</param>
internal sealed class ResumePoint(string baseDigest, TrainingRequest request, TrainingOptions options)
{
    private const string Format = "vico-resume-1";

    private readonly IReadOnlyDictionary<string, string> _numbers = TrainingNumbers.Of(baseDigest, request, options);

    /// <summary>Safetensors with the concept's tensors and the optimizer's state.</summary>
    public void Write(Stream output, Concept concept, AdamW optimizer) => SafetensorsWriter.Write(
        output,
        concept.NamedTensors().Select(t => KeyValuePair.Create<string, Tensor>(t.Name, t.Parameter)).Concat(optimizer.State()),
        new Dictionary<string, string>
        {
            ["format"] = Format,
            ["request"] = FirstFingerprint.Of(baseDigest, request, options),
            ["numbers"] = JsonSerializer.Serialize(_numbers, EngineJson.Default.IReadOnlyDictionaryStringString),
            ["step"] = optimizer.Steps.ToString(CultureInfo.InvariantCulture),
            ["updates"] = string.Join(' ', optimizer.Updates),
        });

    /// <summary>
    /// Fills concept and optimizer from the first of the request's points that reads, or from the one it branches
    /// from; leaves them alone where there is none.
    /// </summary>
    /// <returns>A warning for each point that does not read, and one where the training goes on with other numbers.</returns>
    /// <exception cref="InvalidDataException">None reads, or the one that does is of another training,
    /// another base model or more steps.</exception>
    public IReadOnlyList<string> Restore(Concept concept, AdamW optimizer)
    {
        var warnings = new List<string>();
        foreach (var (point, at) in request.Resume.Select((p, i) => (p, i)))
        {
            using var file = OpenUnlessDamaged(point, out var damage);
            if (file is not null)
            {
                if (Fill(file, concept, optimizer) is { } warning) warnings.Add(warning);
                return warnings;
            }
            if (at == request.Resume.Count - 1) throw damage!;
            warnings.Add($"{damage!.Message} The training goes on from the older resume point '{request.Resume[at + 1].Name}' instead.");
        }
        if (request.BranchFrom is { } from)
        {
            using var file = SafetensorsFile.Open(from);
            CheckFormat(file);
            if (Numbers(file) is { } numbers && numbers.GetValueOrDefault("base model") is { } other && other != baseDigest)
                throw new InvalidDataException(
                    $"Resume point '{file.Name}' was made beside another base model ({other[..8]}); this engine holds {baseDigest[..8]}.");
            Copy(file, concept, optimizer);
        }
        return warnings;
    }

    private static SafetensorsFile? OpenUnlessDamaged(StoredFile point, out InvalidDataException? damage)
    {
        SafetensorsFile? file = null;
        try
        {
            file = SafetensorsFile.Open(point);
            CheckFormat(file);
            damage = null;
            return file;
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            damage = e as InvalidDataException ?? new InvalidDataException($"Resume point '{point.Name}' does not read: {e.Message}", e);
            return null;
        }
    }

    private static void CheckFormat(SafetensorsFile file)
    {
        if (file.Metadata.GetValueOrDefault("format") is var format && format != Format)
            throw new InvalidDataException($"'{file.Name}' is no resume point: its format is '{format}'; wanted '{Format}'.");
        if (!int.TryParse(file.Metadata.GetValueOrDefault("step"), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            throw new InvalidDataException(
                $"The step of resume point '{file.Name}' is '{file.Metadata.GetValueOrDefault("step")}'; wanted a number.");
    }

    /// <returns>A warning, or null.</returns>
    private string? Fill(SafetensorsFile file, Concept concept, AdamW optimizer)
    {
        string? warning = null;
        if (Numbers(file) is { } numbers)
        {
            if (TrainingNumbers.Difference(numbers, _numbers) is { } difference)
                throw new InvalidDataException($"Resume point '{file.Name}' belongs to another training: {difference}.");
        }
        else if (!FirstFingerprint.Fits(file.Metadata.GetValueOrDefault("request", ""), StepOf(file), baseDigest, request, options))
        {
            throw new InvalidDataException(
                $"Resume point '{file.Name}' belongs to another training: photos, init word, options, precision or base model differ.");
        }
        else if (options.Get(EngineOption.Precision) is var precision && options.Get(EngineOption.VaePrecision) != precision)
        {
            // The hash knows one precision: at that time all three networks had the same.
            warning = $"Resume point '{file.Name}' was made with the autoencoder in {precision}, too; "
                + $"with --vae-precision {precision} the training would go on with the same numbers.";
        }
        Copy(file, concept, optimizer);
        return warning;
    }

    private void Copy(SafetensorsFile file, Concept concept, AdamW optimizer)
    {
        var step = StepOf(file);
        if (step > options.Get(TrainingOption.Steps))
            throw new InvalidDataException(
                $"Resume point '{file.Name}' is of step {step}; wanted at most {options.Get(TrainingOption.Steps)}, the training's steps.");
        // Where a point does not count updates per tensor, every tensor was updated at every step.
        int[] updates = file.Metadata.GetValueOrDefault("updates") is { } counts
            ? [.. counts.Split(' ')
                .Select(c => int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : -1)]
            : [.. Enumerable.Repeat(step, optimizer.Updates.Count)];
        if (updates.Length != optimizer.Updates.Count || updates.Any(u => u < 0 || u > step))
        {
            throw new InvalidDataException($"The updates of resume point '{file.Name}' are '{file.Metadata.GetValueOrDefault("updates")}'; "
                + $"wanted {optimizer.Updates.Count} numbers from 0 to {step}.");
        }
        StateDict.Copy(concept.NamedTensors(), file, key => key.Contains('/', StringComparison.Ordinal) ? null : key);
        optimizer.Restore(step, updates, file.Load);
    }

    private static int StepOf(SafetensorsFile file) => int.Parse(file.Metadata["step"], CultureInfo.InvariantCulture);

    private static IReadOnlyDictionary<string, string>? Numbers(SafetensorsFile file)
    {
        if (!file.Metadata.TryGetValue("numbers", out var json)) return null;
        try
        {
            return JsonSerializer.Deserialize(json, EngineJson.Default.IReadOnlyDictionaryStringString);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The list of numbers in resume point '{file.Name}' does not read: {e.Message}", e);
        }
    }
}
