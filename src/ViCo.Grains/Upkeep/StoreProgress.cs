namespace ViCo.Grains.Upkeep;

/// <summary>How far a walk is.</summary>
/// <param name="Done">Of <paramref name="Total"/> things; the total may grow.</param>
/// <param name="What">What it is at, for people.</param>
public sealed record StoreProgress(long Done, long Total, string What);
