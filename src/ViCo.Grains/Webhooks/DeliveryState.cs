namespace ViCo.Grains.Webhooks;

/// <summary>Where a message stands.</summary>
public enum DeliveryState
{
    /// <summary>It waits for its time.</summary>
    Waiting = 0,

    /// <summary>The receiver has taken it.</summary>
    Delivered = 1,

    /// <summary>Given up.</summary>
    Failed = 2,
}
