namespace ViCo.Grains.Gpus;

/// <summary>How leases of work are kept and given up: section <c>ViCo:Leases</c>.</summary>
public sealed class LeaseOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Leases";

    /// <summary>A job whose worker is silent for this long is queued again. 1 s to 1 h; default 30 s.</summary>
    public TimeSpan Duration { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// A worker renews at least this often. It does so every second anyway, to hear whether it is to pause. At most half of
    /// <see cref="Duration"/>; default 10 s.
    /// </summary>
    public TimeSpan RenewEvery { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// An engine that reports nothing for so long, or for fifty of its longest steps if that is more, has hung: its lease is given up, and
    /// its silo says that it is not well. 1 s to 1 day; default 2 min.
    /// </summary>
    public TimeSpan SilenceAtMost { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>The same before the first step, while files and weights are read. 1 s to 1 day; default 10 min.</summary>
    public TimeSpan SilenceBeforeFirstStep { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// A job fails after so many attempts in a row in which the engine failed, or that ended the process of a worker that did nothing else,
    /// without getting further than the one before. Lost workers do not count. 1 to 100; default 5.
    /// </summary>
    public int MaxFruitlessAttempts { get; set; } = 5;

    /// <summary>A training that ran at least this long may be paused for sampling that no other worker takes. Default 10 s.</summary>
    public TimeSpan PauseTrainingAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Trainings of different tenants take turns of so much time: one that ran at least this long may be paused for a tenant that used
    /// less, and one that was paused before keeps its device for it whatever waits. 1 s to 1 h; default 1 min.
    /// </summary>
    public TimeSpan TrainingQuantum { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// A drawing that waited this long, so that no idle worker took it, may be drawn together with one that another worker begins with or
    /// draws already. 0 to 1 min; default 0.5 s.
    /// </summary>
    public TimeSpan ShareAfter { get; set; } = TimeSpan.FromSeconds(0.5);

    /// <summary>A training that waited this long goes before all drawings of its user. Default 2 min.</summary>
    public TimeSpan TrainingWaitsAtMost { get; set; } = TimeSpan.FromMinutes(2);
}
