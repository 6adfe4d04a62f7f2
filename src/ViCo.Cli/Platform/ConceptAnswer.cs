using Microsoft.AspNetCore.SignalR.Client;

namespace ViCo.Cli.Platform;

/// <summary>A concept as the API answers it; what this client does not use is left out.</summary>
internal sealed record ConceptAnswer(string Id, string Name, IReadOnlyList<PhotoAnswer> Photos, IReadOnlyList<CheckpointAnswer> Checkpoints,
    int? DefaultStep);

internal sealed record PhotoAnswer(string Id, string Name, string Url, IReadOnlyList<string> Warnings);

internal sealed record CheckpointAnswer(int Step, string Digest, long Bytes, string Url);
