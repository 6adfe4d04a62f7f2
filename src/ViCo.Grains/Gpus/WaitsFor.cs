namespace ViCo.Grains.Gpus;

/// <summary>What a job waits for.</summary>
public enum WaitsFor
{
    /// <summary>It runs.</summary>
    Nothing = 0,

    /// <summary>Those before it.</summary>
    Turn = 1,

    /// <summary>A worker: none is there that takes work.</summary>
    Workers = 2,

    /// <summary>A worker with its base model: those that are there have others.</summary>
    BaseModel = 3,

    /// <summary>A moment after a failure or a loss.</summary>
    BackOff = 4,
}
