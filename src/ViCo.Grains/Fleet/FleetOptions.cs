namespace ViCo.Grains.Fleet;

/// <summary>How many devices a pool should have: section <c>ViCo:Fleet</c>.</summary>
public sealed class FleetOptions
{
    /// <summary>The configuration section.</summary>
    public const string Section = "ViCo:Fleet";

    /// <summary>So many devices are wanted that what waits now is done in this time. 1 s to 1 day; default 2 min.</summary>
    public TimeSpan Wait { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Fewer are wanted only when fewer have been enough for so long. 0 to 1 day; default 20 min.</summary>
    public TimeSpan Calm { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>Never fewer. 0 to 10,000; default 1.</summary>
    public int LeastDevices { get; set; } = 1;

    /// <summary>Never more. At least <see cref="LeastDevices"/>, at most 10,000; default 100.</summary>
    public int MostDevices { get; set; } = 100;

    /// <summary>
    /// Whether somebody stops silos as the number falls, those with the highest number in their name first: then those that are to go get
    /// no work and hand on what they have, and the number falls when they are empty. Default false: all silos that are there work.
    /// </summary>
    public bool Autoscaled { get; set; }
}
