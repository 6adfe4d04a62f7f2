namespace ViCo.Grains.Feeds;

/// <summary>What has become of it.</summary>
public enum ChangeKind
{
    /// <summary>It is new.</summary>
    Created = 0,

    /// <summary>It is another than before.</summary>
    Changed = 1,

    /// <summary>It is gone, and what belongs to it.</summary>
    Deleted = 2,
}
