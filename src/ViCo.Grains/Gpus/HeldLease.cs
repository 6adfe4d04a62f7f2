namespace ViCo.Grains.Gpus;

/// <summary>A lease as the line keeps it, with what of it was charged to whom.</summary>
/// <param name="base">The digest of the worker's base model; null: not known.</param>
internal sealed class HeldLease(string worker, string? @base, int attempt, DateTimeOffset granted, UsageShare share)
{
    private DateTimeOffset _since = granted;
    private double _seconds;
    private int _sharers = 1;

    public string Worker => worker;

    public string? Base => @base;

    public int Attempt => attempt;

    public DateTimeOffset Granted { get; } = granted;

    /// <summary>Who pays.</summary>
    public UsageShare Share => share;

    public DateTimeOffset Expires { get; set; }

    /// <summary>When the work was last safe: at its newest resume point.</summary>
    public DateTimeOffset Saved { get; set; } = granted;

    /// <summary>How long it keeps its device whatever waits.</summary>
    public TimeSpan Keeps { get; init; }

    /// <summary>Whether it was granted here; otherwise its job told of it after a rebuild.</summary>
    public bool GrantedHere { get; init; } = true;

    /// <summary>Seconds charged so far, of which some may lie ahead.</summary>
    public double Charged { get; set; }

    /// <summary>What a second charged in advance cost.</summary>
    public double Rate { get; init; }

    /// <summary>For whom it is to pause, or null.</summary>
    public LineEntry? PausesFor { get; set; }

    /// <summary>GPU-seconds so far: of a device that several leases share, each has its part.</summary>
    public double Seconds(DateTimeOffset now) => _seconds + Math.Max(0, (now - _since).TotalSeconds) / _sharers;

    /// <summary>From now on so many leases share the device.</summary>
    public void SharedBy(int sharers, DateTimeOffset now) => (_seconds, _since, _sharers) = (Seconds(now), now, sharers);

    /// <summary>Of what was charged, what is not used yet.</summary>
    public double Ahead(DateTimeOffset now) => Math.Max(0, Charged - Seconds(now)) * Rate;
}
