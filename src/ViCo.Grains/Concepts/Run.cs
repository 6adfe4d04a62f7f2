using System.Text.Json.Serialization;
using ViCo.Grains.Jobs;

namespace ViCo.Grains.Concepts;

/// <summary>
/// One training and what it left: its photos, options and checkpoints. Trained further, it has more steps under a further job.
/// </summary>
/// <param name="Id">Its first job's.</param>
[GenerateSerializer, Immutable, Alias("vico.run")]
public sealed record Run([property: Id(0)] string Id, [property: Id(1)] DateTimeOffset Created)
{
    /// <summary>The checkpoint of another run that this one branched off from, or null.</summary>
    [Id(2)] public CheckpointChoice? Parent { get; init; }

    /// <summary>What people call it, at most 80 characters; null: nothing.</summary>
    [Id(3)] public string? Label { get; init; }

    /// <summary>The front-end's own user it was made for, or null.</summary>
    [Id(4)] public string? User { get; init; }

    /// <summary>Its jobs, oldest first: the training, then each extension.</summary>
    [Id(5)] public IReadOnlyList<string> Jobs { get; init; } = [Id];

    /// <summary>The photos it learns from; they may have left the concept since.</summary>
    [Id(6)] public IReadOnlyList<Photo> Photos { get; init; } = [];

    /// <summary>Of every object.</summary>
    [Id(7)] public IReadOnlyList<string> InitWords { get; init; } = [];

    /// <summary>The options as asked for; null where they are not known any more.</summary>
    [Id(8)] public TrainingSettings? Settings { get; init; }

    /// <summary>By step.</summary>
    [Id(9)] public IReadOnlyList<Checkpoint> Checkpoints { get; init; } = [];

    /// <summary>How its newest job ended; null while it waits or runs.</summary>
    [Id(10)] public JobState? Ended { get; init; }

    /// <summary>Where more steps would go on, or null when nothing is kept to go on from.</summary>
    [Id(11)] public ResumeBlob? Resume { get; init; }

    /// <summary>Its newest job.</summary>
    [JsonIgnore]
    public string NewestJob => Jobs[^1];

    /// <summary>Its checkpoint of a step, or null.</summary>
    public Checkpoint? Find(int step) => Checkpoints.FirstOrDefault(c => c.Step == step);
}
