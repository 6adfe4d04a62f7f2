namespace ViCo.Grains.Feeds;

/// <summary>What kind of thing has changed.</summary>
public enum ChangedThing
{
    /// <summary>Anything: read what you show anew.</summary>
    All = 0,

    /// <summary>A concept: its words, photos or default.</summary>
    Concept = 1,

    /// <summary>A run: its jobs, checkpoints or labels.</summary>
    Run = 2,

    /// <summary>A job: where it stands.</summary>
    Job = 3,

    /// <summary>A picture.</summary>
    Image = 4,
}
