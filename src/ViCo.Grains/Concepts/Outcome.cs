namespace ViCo.Grains.Concepts;

/// <summary>Whether a command was done.</summary>
public enum Outcome
{
    /// <summary>Done now, or done before by the same command.</summary>
    Done = 0,

    /// <summary>No such concept, photo, checkpoint or job.</summary>
    NotFound = 1,

    /// <summary>The id is taken by something else, or the state forbids it.</summary>
    Conflict = 2,
}
