namespace ViCo.Grains.Gpus;

/// <summary>How leases of work are kept and given up: section <c>ViCo:Leases</c>.</summary>
public sealed class LeaseOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Leases";

    /// <summary>A job whose worker is silent for this long is queued again. 1 s to 1 h; default 30 s.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often a worker renews. At most half of <see cref="Duration"/>; default 10 s.</summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A job fails after so many attempts in a row that were lost or failed without getting further
    /// than the one before. 1 to 100; default 5.
    /// </summary>
    public int MaxFruitlessAttempts { get; set; } = 5;

    /// <summary>A training that ran at least this long may be paused for sampling that no other worker takes. Default 10 s.</summary>
    public TimeSpan PauseTrainingAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>A training that waited this long goes before younger sampling. Default 2 min.</summary>
    public TimeSpan TrainingWaitsAtMost { get; set; } = TimeSpan.FromMinutes(2);
}
