using System.Text.Json;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;
using ViCo.Grains.Webhooks;

namespace ViCo.Grains.Upkeep;

/// <summary>The names that lie in a store, and its records as they lie there.</summary>
internal sealed class StoreContents
{
    private const string ConceptState = "concept", JobState = "job";

    private string[] _names = [];

    /// <summary>By name.</summary>
    public Dictionary<string, BlobEntry> Blobs { get; } = [];

    /// <summary>By key, <c>tenant/id</c>.</summary>
    public Dictionary<string, ConceptRecord> Concepts { get; } = [];

    /// <summary>By key.</summary>
    public Dictionary<string, JobRecord> Jobs { get; } = [];

    /// <summary>Keys of concepts and jobs whose records do not read, or were set aside: nobody knows what they own.</summary>
    public HashSet<string> Unreadable { get; } = [];

    public List<StoreFinding> Damaged { get; } = [];

    /// <summary>What lies under a prefix, by name.</summary>
    public IEnumerable<BlobEntry> Under(string prefix)
    {
        var found = Array.BinarySearch(_names, prefix, StringComparer.Ordinal);
        return _names.Skip(found < 0 ? ~found : found).TakeWhile(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => Blobs[name]);
    }

    public static string StateOf(string kind, string key) => BlobGrainStorage.NameOf(kind, key);

    public static async Task<StoreContents> ReadAsync(
        IBlobStore blobs, IProgress<StoreProgress> progress, CancellationToken cancellationToken)
    {
        var contents = new StoreContents();
        progress.Report(new(0, 1, "names"));
        await foreach (var blob in blobs.ListAsync("", cancellationToken)) contents.Blobs[blob.Name] = blob;
        contents._names = [.. contents.Blobs.Keys.Order(StringComparer.Ordinal)];
        BlobEntry[] records = [.. contents.Under("state/").Where(blob => KeyOf(blob.Name) is not null)];
        for (var i = 0; i < records.Length; i++)
        {
            progress.Report(new(i, records.Length, "records"));
            await contents.ReadRecordAsync(blobs, records[i], cancellationToken);
        }
        foreach (var aside in contents.Blobs.Keys.Where(name => name.StartsWith(BlobNames.SetAside, StringComparison.Ordinal)))
        {
            if (KeyOf(aside[BlobNames.SetAside.Length..]) is (ConceptState or JobState, var key)) contents.Unreadable.Add(key);
        }
        return contents;
    }

    private async Task ReadRecordAsync(IBlobStore blobs, BlobEntry record, CancellationToken cancellationToken)
    {
        var (kind, key) = KeyOf(record.Name)!.Value;
        if (await blobs.ReadAsync(record.Name, cancellationToken) is not { } blob) return;       // deleted meanwhile
        try
        {
            switch (kind)
            {
                case ConceptState:
                    Concepts.Add(key, Read<ConceptRecord>(blob));
                    break;
                case JobState:
                    var job = Read<JobRecord>(blob);
                    JobMachine.Check(job);
                    Jobs.Add(key, job);
                    break;
                case "tenant":
                    Read<TenantRecord>(blob);
                    break;
                case "sessions":
                    Read<SessionRecord>(blob);
                    break;
                case "webhooks":
                    Read<WebhookRecord>(blob);
                    break;
                default:
                    using (JsonDocument.Parse(blob.Content)) break;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or NotSupportedException)
        {
            if (kind is ConceptState or JobState) Unreadable.Add(key);
            Damaged.Add(new(Fault.Damaged, record.Name, $"The record of {kind} '{key}' does not read: {e.Message}", record.Bytes,
                $"it is set aside as '{BlobNames.SetAside}{record.Name}', and the {kind} is gone until a backup brings it back")
            {
                Mend = async () =>
                {
                    await blobs.WriteAsync(BlobNames.SetAside + record.Name, blob.Content, cancellationToken: cancellationToken);
                    await blobs.DeleteAsync(record.Name, BlobCondition.Matches(blob.ETag), cancellationToken);
                },
            });
        }
    }

    // A grain that cleared its state leaves none; one that never wrote has none.
    private static T Read<T>(Blob blob) where T : class =>
        JsonSerializer.Deserialize<Saved<T>>(blob.Content.Span, GrainJson.Options)?.Value
            ?? throw new JsonException("it holds nothing");

    private static (string Kind, string Key)? KeyOf(string name) =>
        name.StartsWith("state/", StringComparison.Ordinal) && name.EndsWith(".json", StringComparison.Ordinal)
            && name.IndexOf('/', "state/".Length) is > 0 and var cut
            ? (name["state/".Length..cut], name[(cut + 1)..^".json".Length]) : null;
}
