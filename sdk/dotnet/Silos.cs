namespace ViCo.Client;

/// <summary>A silo of an installation: a process that works with the devices of a machine.</summary>
/// <param name="State">What it was told: <c>active</c>, <c>cordoned</c> or <c>draining</c>.</param>
/// <param name="Changed">When it was last told; null: never.</param>
/// <param name="Spare">Whether it gets no work because fewer are enough.</param>
/// <param name="Removable">Whether it may be stopped: it gets no work and has none.</param>
/// <param name="SecondsToEmpty">In about how many seconds it would have nothing to do, if it got nothing more.</param>
public sealed record Silo(
    string Name, string State, DateTimeOffset? Changed, bool Spare, bool Removable, double SecondsToEmpty,
    IReadOnlyList<SiloDevice> Devices, IReadOnlyList<SiloWork> Running);

/// <summary>A device of a silo, with the base model that it holds.</summary>
/// <param name="FreeBytes">Memory that the base model leaves for work; null: not known.</param>
/// <param name="Version">Of the program; null: not known.</param>
public sealed record SiloDevice(string Device, string BaseModel, long? FreeBytes, string? Version);

/// <summary>A job that a silo runs.</summary>
/// <param name="Job"><c>tenant/job</c>.</param>
/// <param name="Interrupted">Whether a drain interrupts it: a training, which loses nothing by it.</param>
/// <param name="Seconds">For how long this attempt has run.</param>
public sealed record SiloWork(string Job, int Attempt, bool Interrupted, double Seconds);

internal sealed record SiloPage(IReadOnlyList<Silo> Silos);
