using ViCo.Grains.Jobs;
using ViCo.Grains.Models;
using ViCo.Options;

namespace ViCo.Grains.Concepts;

/// <summary>What a drawing's request leaves open, settled at its submission: the same settings mean the same next month.</summary>
internal static class SamplingResolution
{
    /// <summary>What fills in what a request leaves open.</summary>
    /// <param name="Options">Those of drawings.</param>
    /// <param name="Models">The base models, the one last seen first.</param>
    internal sealed record Known(OptionList Options, IReadOnlyList<ModelInfo> Models);

    public static (SamplingJob? Job, SubmitResult? Problem) Resolve(
        string id, ConceptRecord concept, SamplingSettings asked, Known known, DateTimeOffset now)
    {
        if (SamplingOption.Count.ProblemOf((long)asked.Count) is { } problem) return Refuse(problem.Message);
        var checkpoint = asked.Checkpoint is { } choice ? concept.Find(choice) : concept.DefaultCheckpoint;
        if (checkpoint is null)
        {
            return asked.Checkpoint is null
                ? Refuse($"Concept '{id}' has no checkpoint yet: train it first.")
                : Refuse($"Concept '{id}' has no checkpoint '{asked.Checkpoint}'.", "checkpoint");
        }

        List<Photo> references = [];
        foreach (var photoId in asked.References)
        {
            if (concept.Photos.FirstOrDefault(p => p.Id == photoId) is not { } photo) return Refuse(
                $"Concept '{id}' has no photo '{photoId}'.", "photo");
            references.Add(photo);
        }
        foreach (var index in ObjectsOf(asked.Prompt, concept.InitWords.Count))
        {
            if (references.All(p => p.ObjectIndex != index)
                && concept.Photos.FirstOrDefault(p => p.ObjectIndex == index) is { } first) references.Add(first);
        }
        var settings = Settled(asked, known.Options, ModelOf(concept, checkpoint.Blob, known.Models)) with
        {
            Checkpoint = new(checkpoint.Run, checkpoint.Step),
            References = [.. references.Select(p => p.Id)],
        };
        return (new(
            id, now, checkpoint.Blob, checkpoint.Digest, [.. references.Select(p => p.Blob)], settings,
            concept.InitWords.Count == 1 ? null : [.. references.Select(p => p.ObjectIndex + 1)]) { Asked = asked,
            PerPass = SamplingJob.DefaultPerPass, BaseDigest = checkpoint.BaseDigest }, null);

        static (SamplingJob?, SubmitResult?) Refuse(string why, string? missing = null) =>
            (null, new(null, why, missing is not null, missing));
    }

    /// <summary>The base model that a checkpoint was learned on; where that is not known, the one last seen.</summary>
    public static ModelInfo? ModelOf(ConceptRecord concept, string? checkpointBlob, IReadOnlyList<ModelInfo> models)
    {
        var digest = concept.Runs!.SelectMany(r => r.Checkpoints).FirstOrDefault(c => c.Blob == checkpointBlob)?.BaseDigest;
        return models.FirstOrDefault(m => m.Digest == digest) ?? (models.Count > 0 ? models[0] : null);
    }

    /// <summary>
    /// Every option with its value: the request's, else the base model's, else its own default. Without a known model the rest stays open.
    /// </summary>
    public static SamplingSettings Settled(SamplingSettings asked, OptionList list, ModelInfo? model)
    {
        if (model is null) return asked;
        var options = asked.Options;
        var below = options.Has(SamplingOption.ImageGuidance) ? model.Sampling.Without(SamplingOption.PublishedGuidance.Name)
            : IsTrue(options, SamplingOption.PublishedGuidance) ? model.Sampling.Without(SamplingOption.ImageGuidance.Name)
            : model.Sampling;
        var settled = options.Over(below);
        // Without a scale the published guidance holds. It is written down, so that a later default of the model changes nothing.
        if (!settled.Has(SamplingOption.ImageGuidance)) settled = settled.With(SamplingOption.PublishedGuidance, true);
        return asked with { Options = list.Filled(settled) };
    }

    private static bool IsTrue(OptionValues values, OptionSpec option) => values.Find(option.Name) is true;

    /// <summary>The objects, from 0, that a prompt names as the engine reads it; all where it names none.</summary>
    private static int[] ObjectsOf(string prompt, int objects)
    {
        int[] all = [.. Enumerable.Range(0, objects)];
        int[] named = [.. all.Where(k => prompt.Contains($"<{k + 1}>", StringComparison.Ordinal)
            || prompt.Contains($"S{k + 1}*", StringComparison.Ordinal))];
        return named.Length > 0 ? named : all;
    }
}
