using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Grains.Concepts;

namespace ViCo.Gateway.Concepts;

/// <param name="Run">The run it belongs to.</param>
/// <param name="PreviewUrl">What the concept looked like then; null: not told here, or none was drawn.</param>
internal sealed record CheckpointResponse(
    int Step, string Digest, long Bytes, string JobId, DateTimeOffset Created, string Url, string Run, string? Label, string? PreviewUrl)
{
    public static CheckpointResponse Of(string conceptId, Checkpoint checkpoint, bool hasPreview = false)
    {
        var run = checkpoint.Run ?? checkpoint.JobId;
        var url = $"/concepts/{conceptId}/runs/{run}/checkpoints/{checkpoint.Step}";
        return new(
            checkpoint.Step, checkpoint.Digest, checkpoint.Bytes, checkpoint.JobId, checkpoint.Created, url, run, checkpoint.Label,
            hasPreview ? $"{url}/preview" : null);
    }
}
