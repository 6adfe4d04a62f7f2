using System.Text.Json;
using Orleans.Storage;

namespace ViCo.Grains.Storage;

/// <summary>Grain state as JSON blobs <c>state/{name}/{grain key}.json</c>; a write or clear of outdated state is refused.</summary>
internal sealed class BlobGrainStorage(IBlobStore blobs) : IGrainStorage
{
    public async Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var blob = await blobs.ReadAsync(NameOf(stateName, grainId));
        grainState.RecordExists = blob is not null;
        grainState.ETag = blob?.ETag;
        grainState.State = blob is null ? Activator.CreateInstance<T>() : Read<T>(NameOf(stateName, grainId), blob);
    }

    /// <summary>The grain lives with a state that does not read, and says so to all who ask: it is not as if there were none.</summary>
    private static T Read<T>(string name, Blob blob)
    {
        try
        {
            return JsonSerializer.Deserialize<T>(blob.Content.Span, GrainJson.Options) ?? throw new JsonException("it holds null.");
        }
        catch (Exception e) when (e is JsonException or NotSupportedException)
        {
            var damage = new DamagedBlobException(name, e.Message);
            var state = Activator.CreateInstance<T>();
            if (state is not IMayBeDamaged damaged) throw damage;
            damaged.Damage = damage;
            return state;
        }
    }

    public async Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var content = JsonSerializer.SerializeToUtf8Bytes(grainState.State, GrainJson.Options);
        try
        {
            grainState.ETag = await blobs.WriteAsync(NameOf(stateName, grainId), content, ConditionOf(grainState));
            grainState.RecordExists = true;
        }
        catch (BlobConflictException e)
        {
            throw Inconsistent(stateName, grainId, grainState, e);
        }
    }

    public async Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        try
        {
            await blobs.DeleteAsync(NameOf(stateName, grainId), grainState.ETag is { } tag ? BlobCondition.Matches(tag) : default);
        }
        catch (BlobConflictException e)
        {
            throw Inconsistent(stateName, grainId, grainState, e);
        }
        grainState.ETag = null;
        grainState.RecordExists = false;
        grainState.State = Activator.CreateInstance<T>();
    }

    /// <summary>Where the state of a grain lies.</summary>
    public static string NameOf(string stateName, string key) => $"state/{stateName}/{key}.json";

    private static string NameOf(string stateName, GrainId grainId) => NameOf(stateName, grainId.Key.ToString()!);

    private static BlobCondition ConditionOf<T>(IGrainState<T> grainState) =>
        grainState.ETag is { } tag ? BlobCondition.Matches(tag) : BlobCondition.Absent;

    private static InconsistentStateException Inconsistent<T>(string stateName, GrainId grainId, IGrainState<T> grainState,
        BlobConflictException e) =>
        new($"State '{stateName}' of {grainId}: {e.Message}", storedEtag: null, grainState.ETag, e);
}
