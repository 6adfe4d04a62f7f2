namespace ViCo.Grains.Jobs;

/// <summary>Where a job stands. Any state but the last three has an owner at all times: the queue or one leased worker.</summary>
public enum JobState
{
    /// <summary>Waits in the queue.</summary>
    Queued = 0,

    /// <summary>A worker holds its lease.</summary>
    Running = 1,

    /// <summary>Done.</summary>
    Succeeded = 2,

    /// <summary>Given up, with an error event that says why.</summary>
    Failed = 3,

    /// <summary>Ended by the user.</summary>
    Canceled = 4,
}
