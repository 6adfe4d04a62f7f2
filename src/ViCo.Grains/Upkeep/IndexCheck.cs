using System.Text.Json;
using ViCo.Grains.Concepts;
using ViCo.Grains.Indexes;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Upkeep;

/// <summary>Whether indexes show what there is. All of an index follows from the records, so a repair writes it anew.</summary>
internal sealed class IndexCheck(IBlobStore blobs, StoreContents store)
{
    public List<StoreFinding> Findings { get; } = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        foreach (var (prefix, tenant, entries) in Wanted())
        {
            BlobEntry[] parts = [.. store.Under(prefix).Where(b => b.Name.EndsWith(".json", StringComparison.Ordinal))];
            // Filled at the first look: of a former version, or of a concept that nobody has looked at since.
            var former = IndexGrain.FormerIndexOf(tenant, ofJobs: prefix.EndsWith("/jobs/", StringComparison.Ordinal));
            var ofConcept = prefix.Split('/') is ["tenants", _, "concepts", ..];
            if (parts.Length == 0 && (ofConcept || store.Under(former).Any())) continue;
            await CheckAsync(prefix, parts, entries, cancellationToken);
        }
    }

    private async Task CheckAsync(string prefix, BlobEntry[] parts, List<IndexEntry> wanted, CancellationToken cancellationToken)
    {
        var ids = wanted.Select(entry => entry.Id).ToHashSet();
        HashSet<IndexKey> listed = [], ghosts = [];
        List<string> unreadable = [];
        IndexEntry[] missing = [];
        foreach (var part in parts)
        {
            if (await blobs.ReadAsync(part.Name, cancellationToken) is not { } blob) continue;
            try
            {
                foreach (var entry in IndexParts.Read(blob.Content.Span))
                {
                    listed.Add(IndexKey.Of(entry));
                    // One without its job is asked after, and shows nothing.
                    if (entry.Job is null || ids.Contains(entry.Id) || IsUnreadable(prefix, entry.Id)) continue;
                    ghosts.Add(IndexKey.Of(entry));
                }
            }
            catch (JsonException e)
            {
                unreadable.Add(part.Name);
                Say(Fault.Damaged, part.Name, $"The part of an index does not read: {e.Message}", part.Bytes);
            }
        }
        missing = [.. wanted.Where(entry => !listed.Contains(IndexKey.Of(entry)))];
        if (ghosts.Count > 0) Say(Fault.Stale, prefix, $"The index shows {ghosts.Count} that are gone, such as '{ghosts.First().Id}'");
        if (missing.Length > 0)
            Say(Fault.Unlisted, prefix, $"The index lacks {missing.Length} of {wanted.Count}, such as '{missing[0].Id}'");

        void Say(Fault fault, string blob, string what, long bytes = 0) =>
            Findings.Add(new(fault, blob, what, bytes, "the index is put right from the records") { Mend = MendAsync });

        async Task MendAsync()
        {
            foreach (var part in unreadable) await blobs.DeleteAsync(part, cancellationToken: cancellationToken);
            var index = new IndexParts(blobs, prefix);
            foreach (var ghost in ghosts) await index.RemoveAsync(ghost);
            await index.PutAllAsync([.. missing.OrderByDescending(IndexKey.Of)]);
            unreadable.Clear();
        }
    }

    private bool IsUnreadable(string prefix, string id) => store.Unreadable.Contains($"{prefix.Split('/')[1]}/{id}");

    /// <summary>Every index, and what the records say that it lists.</summary>
    private IEnumerable<(string Prefix, TenantId Tenant, List<IndexEntry> Entries)> Wanted()
    {
        Dictionary<string, (TenantId Tenant, List<IndexEntry> Entries)> wanted = [];
        foreach (var (key, concept) in store.Concepts)
        {
            var tenant = TenantId.OfKey(key);
            if (!concept.Deleting) Add(tenant, IndexKeys.ConceptList, new(concept.Created, IdOf(key), User: concept.User,
                Tags: concept.Tags.Count == 0 ? null : concept.Tags));
        }
        foreach (var (key, job) in store.Jobs)
        {
            if (job.Erasing) continue;
            var (tenant, id) = (TenantId.OfKey(key), IdOf(key));
            var entry = JobIndexes.EntryOf(id, job.Spec, job.HasEnded ? job : null);
            Add(tenant, IndexKeys.JobList, entry);
            if (store.Concepts.ContainsKey(tenant.Key(job.Spec.ConceptId)))
                Add(tenant, $"{IndexKeys.JobList}/{job.Spec.ConceptId}", entry);
        }
        return wanted.Select(w => (w.Key, w.Value.Tenant, w.Value.Entries));

        void Add(TenantId tenant, string list, IndexEntry entry)
        {
            var prefix = IndexGrain.PrefixOf(tenant, list);
            if (!wanted.TryGetValue(prefix, out var index)) wanted.Add(prefix, index = (tenant, []));
            index.Entries.Add(entry);
        }
    }

    private static string IdOf(string key) => key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
