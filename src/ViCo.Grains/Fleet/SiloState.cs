namespace ViCo.Grains.Fleet;

/// <summary>What a silo may be given.</summary>
public enum SiloState
{
    /// <summary>Work, as it asks for it.</summary>
    Active = 0,

    /// <summary>No new work; what runs there ends there.</summary>
    Cordoned = 1,

    /// <summary>No new work; its trainings stop at the next step, and go on elsewhere from there.</summary>
    Draining = 2,
}
