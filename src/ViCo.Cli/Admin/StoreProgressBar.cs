using ViCo.Cli.CommandLine;
using ViCo.Grains.Upkeep;

namespace ViCo.Cli.Admin;

/// <summary>Shows how far a walk through a store is.</summary>
internal sealed class StoreProgressBar(PhaseProgress bar) : IProgress<StoreProgress>
{
    public void Report(StoreProgress value) => bar.Report(value.Done, Math.Max(1, value.Total), value.What);
}
