namespace ViCo.Grains.Jobs;

/// <summary>
/// All that is durable of a job, in one blob whose ETag orders every change; closed parts of the log lie in blobs of their own.
/// </summary>
internal sealed record JobRecord
{
    public required JobSpec Spec { get; init; }

    public JobState State { get; init; }

    /// <summary>The newest attempt that started; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>The running attempt's worker.</summary>
    public string? Worker { get; init; }

    /// <summary>What the newest attempt works or worked with.</summary>
    public Maker? Maker { get; init; }

    /// <summary>The batch number that the running attempt appends next.</summary>
    public long NextBatch { get; init; } = 1;

    /// <summary>Attempts in a row whose engine failed without getting further. A version before counted lost ones too.</summary>
    public int Fruitless { get; init; }

    /// <summary>Attempts in a row that got no further and ended with the process of their worker, which did nothing else.</summary>
    public int Deaths { get; init; }

    /// <summary>Whether the running attempt told of something no earlier one did.</summary>
    public bool GotFurther { get; init; }

    public ResumeBlob? Resume { get; init; }

    /// <summary>The one before <see cref="Resume"/>, for the case that its blob does not read.</summary>
    public ResumeBlob? OlderResume { get; init; }

    /// <summary>The furthest step told of.</summary>
    public int Step { get; init; }

    public int? Steps { get; init; }

    public double? Loss { get; init; }

    /// <summary>Smoothed over some ten steps.</summary>
    public double? SecondsPerStep { get; init; }

    /// <summary>Steps of the checkpoints told of; the last is the newest.</summary>
    public int CheckpointStep { get; init; }

    public IReadOnlyList<DrawnImage> Images { get; init; } = [];

    /// <summary>Checkpoints told of that the concept has not acknowledged yet.</summary>
    public IReadOnlyList<CheckpointReport> Unreported { get; init; } = [];

    /// <summary>Warnings told of: each is told once.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>Closed parts of the log, oldest first.</summary>
    public IReadOnlyList<LogSegment> Segments { get; init; } = [];

    /// <summary>The log's events after the last closed part.</summary>
    public IReadOnlyList<JobEvent> Tail { get; init; } = [];

    public long LastSeq { get; init; }

    public Preview? Preview { get; init; }

    /// <summary>Previews of steps that have a checkpoint: they are kept.</summary>
    public IReadOnlyList<Preview> Previews { get; init; } = [];

    public DateTimeOffset? Started { get; init; }

    /// <summary>When the running attempt began.</summary>
    public DateTimeOffset? AttemptBegan { get; init; }

    /// <summary>What the attempts used that have ended.</summary>
    public IReadOnlyList<DayUse> Uses { get; init; } = [];

    public DateTimeOffset? Ended { get; init; }

    public string? Error { get; init; }

    /// <summary>Set first by its deletion: from then on it is gone for its users, while log and blobs go.</summary>
    public bool Erasing { get; init; }

    public bool HasEnded => State is JobState.Succeeded or JobState.Failed or JobState.Canceled;
}

/// <summary>A checkpoint on its way to the concept.</summary>
internal sealed record CheckpointReport(int Attempt, int Step, string Digest, long Bytes, DateTimeOffset Time);
