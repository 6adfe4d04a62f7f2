namespace ViCo.Grains.Jobs;

/// <summary>Whether the attempt may go on.</summary>
public enum AppendResult
{
    /// <summary>Durable; go on.</summary>
    Accepted = 0,

    /// <summary>The user cancelled the job: stop and publish nothing.</summary>
    Canceled = 1,

    /// <summary>The attempt is old: stop and publish nothing.</summary>
    Fenced = 2,
}
