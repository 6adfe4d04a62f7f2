namespace ViCo.Grains.Gpus;

/// <summary>What a renewal found.</summary>
public enum LeaseState
{
    /// <summary>Go on.</summary>
    Kept = 0,

    /// <summary>The lease was lost: stop, publish nothing.</summary>
    Lost = 1,

    /// <summary>Go on to the next step boundary, save a resume point, release: a drawing waits.</summary>
    PauseAsked = 2,

    /// <summary>The same for another training, of somebody who used less.</summary>
    TurnAsked = 3,

    /// <summary>The same because its silo is drained.</summary>
    DrainAsked = 4,

    /// <summary>The same because its tenant is suspended.</summary>
    SuspendAsked = 5,
}
