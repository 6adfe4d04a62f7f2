namespace ViCo.Silo.Gpus;

/// <summary>Why an attempt may not go on.</summary>
internal enum StopReason
{
    None = 0,

    /// <summary>The user cancelled the job.</summary>
    Canceled = 1,

    /// <summary>The job knows a newer attempt, or the lease is lost: another worker may be at it.</summary>
    Lost = 2,

    /// <summary>The neighbours did not answer for too long.</summary>
    Unreachable = 3,

    /// <summary>Something broke while results were handed on.</summary>
    Broken = 4,

    /// <summary>The engine has reported nothing for too long.</summary>
    Hung = 5,
}
