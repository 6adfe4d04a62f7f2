namespace ViCo.Grains.Fleet;

/// <summary>What a silo was told, and when.</summary>
internal sealed record ToldState(SiloState State, DateTimeOffset Changed);
