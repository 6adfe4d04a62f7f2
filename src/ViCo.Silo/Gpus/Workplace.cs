using ViCo.Grains.Gpus;
using ViCo.Grains.Storage;

namespace ViCo.Silo.Gpus;

/// <summary>Where a worker works: its silo, and what it reaches from there.</summary>
internal sealed record Workplace(string SiloName, IGrainFactory Grains, IBlobStore Blobs, LeaseOptions Leases, TimeProvider Clock);
