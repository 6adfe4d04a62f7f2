using ViCo.Grains.Clustering;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Indexes;

/// <summary>Gives <see cref="IndexParts"/> its queries, and fills an index that was never written from what stands.</summary>
/// <remarks>It asks jobs and concepts with calls that interleave there: a job that waits for its entry answers all the same.</remarks>
[ControlSilos]
internal sealed class IndexGrain(IBlobStore blobs, ConceptsHere concepts) : Grain, IIndexGrain, ITenantOwned
{
    // Entries that one call looks through for a match, and jobs that it asks at a time.
    private const int LooksThrough = 2_000, AsksAtOnce = 64;

    private IndexParts _parts = null!;
    private JobUses _uses = null!;
    private TenantId _tenant;
    private string _list = "";
    private int _changes;
    private (int Changes, long Ended, IReadOnlyList<IndexEntry> Others)? _stored;

    private bool OfJobs => _list != IndexKeys.ConceptList;

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        var key = this.GetPrimaryKeyString();
        _tenant = TenantId.OfKey(key);
        _list = key[(_tenant.Value.Length + 1)..];
        _parts = new(blobs, PrefixOf(_tenant, _list));
        _uses = new(blobs, _tenant);
        if (await _parts.IsEmptyAsync() || await blobs.ReadAsync(Unfinished, cancellationToken) is not null) await FillAsync();
    }

    public Task Put(IndexEntry entry) => ChangeAsync(_parts.PutAsync(entry));

    public async Task Remove(DateTimeOffset at, string id)
    {
        await ChangeAsync(_parts.RemoveAsync(new(at.UtcTicks, id)));
        if (_list is IndexKeys.ConceptList
            or IndexKeys.JobList) await blobs.DeleteAsync($"{OldIndex}{long.MaxValue - at.UtcTicks:D19}_{id}");
    }

    public async Task<IndexPage> Read(IndexQuery query)
    {
        List<IndexEntry> page = [], candidates = [];
        IndexKey? last = query.Cursor is { } cursor ? IndexKey.Parse(cursor) : null;
        var looked = 0;
        await foreach (var entry in _parts.After(last))
        {
            if (entry.At < query.Since) break;
            if (looked++ == LooksThrough || page.Count == query.Limit) return await MoreAsync();
            last = IndexKey.Of(entry);
            if (!Fits(entry, query)) continue;
            candidates.Add(entry);
            if (candidates.Count < Math.Min(query.Limit - page.Count, AsksAtOnce)) continue;
            page.AddRange(await KnownAsync(candidates, query));
            candidates.Clear();
        }
        page.AddRange(await KnownAsync(candidates, query));
        return new(page, null) { Damaged = [.. _parts.Unreadable] };

        async Task<IndexPage> MoreAsync()
        {
            page.AddRange(await KnownAsync(candidates, query));
            return new(page, last.ToString()) { Damaged = [.. _parts.Unreadable] };
        }
    }

    public async Task<long> GetStoredBytes()
    {
        // Of the history only a sum is kept, for as long as the index stays as it is; what has not ended is asked every time.
        if (_stored is not { } known || known.Changes != _changes)
        {
            var (changes, ended) = (_changes, 0L);
            List<IndexEntry> others = [];
            await foreach (var entry in _parts.After(null))
            {
                if (entry.Job is { } job) ended += job.StoredBytes;
                else others.Add(entry);
            }
            _stored = known = (changes, ended, others);
        }
        var total = known.Ended;
        foreach (var some in known.Others.Chunk(AsksAtOnce)) total += (await KnownAsync(some, new(0))).Sum(e => e.Job?.StoredBytes ?? 0);
        return total;
    }

    public async Task<IReadOnlyList<JobUse>> GetUses(DateOnly day) =>
        [.. (await AllUsesAsync()).Where(job => job.Open || job.Uses.Any(use => use.Day == day))];

    public async Task<IReadOnlyList<UseRow>> GetUsage(DateOnly since, DateOnly until) =>
        JobUses.Sum(await AllUsesAsync(), since, until);

    public async Task Drop()
    {
        await _parts.DropAsync();
        DeactivateOnIdle();
    }

    /// <summary>Where an index lies: that of a concept's jobs under the concept, so that it goes with it.</summary>
    public static string PrefixOf(TenantId tenant, string list) => list.IndexOf('/', StringComparison.Ordinal) is >= 0 and var cut
        ? $"{BlobNames.Concept(tenant, list[(cut + 1)..])}index/{list[..cut]}/"
        : $"tenants/{tenant}/index/{list}/";

    private string Unfinished => $"{PrefixOf(_tenant, _list)}unfinished";

    /// <summary>Where a list lay up to the first version that had runs: one empty blob an id.</summary>
    public static string FormerIndexOf(TenantId tenant, bool ofJobs) => $"tenants/{tenant}/index/{(ofJobs ? "Job" : "Concept")}/";

    private string OldIndex => FormerIndexOf(_tenant, OfJobs);

    private static bool Fits(IndexEntry entry, IndexQuery query) =>
        (query.Kind is null || entry.Kind == query.Kind)
        && (query.User is null || entry.User == query.User)
        && (query.Tag is null || entry.Tags?.Contains(query.Tag) == true);

    private async Task<IReadOnlyList<JobUse>> AllUsesAsync()
    {
        if (_list != IndexKeys.JobList) return [];
        // A job on its way out stands in both: what it left counts.
        var deleted = await _uses.ListAsync();
        List<JobUse> all = [.. deleted.Values];
        List<IndexEntry> others = [];
        await foreach (var entry in _parts.After(null))
        {
            if (deleted.ContainsKey(entry.Id)) continue;
            if (entry.Job is { } job) all.Add(JobUse.Of(job));
            else others.Add(entry);
        }
        foreach (var some in others.Chunk(AsksAtOnce))
            all.AddRange((await KnownAsync(some, new(0))).Select(entry => entry.Job).OfType<JobView>().Select(JobUse.Of));
        return all;
    }

    /// <summary>A change may have been written although it failed.</summary>
    private async Task ChangeAsync(Task change)
    {
        try
        {
            await change;
        }
        finally
        {
            _changes++;
        }
    }

    /// <summary>The entries with what they name as it stands now; of jobs those that are there.</summary>
    private async Task<IReadOnlyList<IndexEntry>> KnownAsync(IReadOnlyList<IndexEntry> entries, IndexQuery query)
    {
        IndexEntry?[] known = [.. entries.Select(Seen)];
        await Task.WhenAll(Enumerable.Range(0, known.Length).Where(i => known[i] is null)
            .Select(async i => known[i] = await AskedAsync(entries[i])));
        if (!OfJobs) return known!;
        // An entry from a submission whose first try was lost has another time than its job: that job has an entry of its own.
        return [.. known.OfType<IndexEntry>().Where(e => e.Damaged is not null
            || (e.Job is { } job && job.Submitted == e.At && (query.States is null || query.States.Contains(job.State))))];
    }

    /// <summary>What does not read is not known by its time, and cannot be listed before it is mended.</summary>
    private static async Task<T?> ReadableAsync<T>(Func<Task<T?>> ask) where T : class
    {
        try
        {
            return await ask();
        }
        catch (DamagedBlobException)
        {
            return null;
        }
    }

    /// <summary>The entry with what it names, or null where that must be asked.</summary>
    private IndexEntry? Seen(IndexEntry entry) =>
        OfJobs ? entry.Job is null ? null : entry
        : concepts.TryLook(_tenant.Key(entry.Id), out var view) ? entry with { View = view } : null;

    /// <summary>One that cannot answer costs itself and no other.</summary>
    private async Task<IndexEntry> AskedAsync(IndexEntry entry)
    {
        try
        {
            return OfJobs ? entry with { Job = await Job(entry.Id).Get() } : entry with { View = await Concept(entry.Id).Get() };
        }
        catch (DamagedBlobException e)
        {
            return entry with { Damaged = e.Blob };
        }
    }

    private async Task FillAsync()
    {
        List<IndexEntry> found = [];
        foreach (var some in (await FormerIdsAsync()).Chunk(AsksAtOnce))
        {
            if (OfJobs) found.AddRange((await Task.WhenAll(some.Select(id => ReadableAsync(Job(id).Get)))).OfType<JobView>()
                .Select(EntryOf));
            else found.AddRange((await Task.WhenAll(some.Select(id => ReadableAsync(Concept(id).Get)))).OfType<ConceptView>()
                .Select(EntryOf));
        }
        if (found.Count == 0) return;
        await blobs.WriteAsync(Unfinished, ReadOnlyMemory<byte>.Empty);
        await _parts.PutAllAsync([.. found.OrderByDescending(IndexKey.Of)]);
        await blobs.DeleteAsync(Unfinished);
    }

    /// <summary>What must be listed here: a concept's jobs by what lies under their names, the others by the older index.</summary>
    private async Task<IReadOnlyList<string>> FormerIdsAsync()
    {
        var ofConcept = _list.IndexOf('/', StringComparison.Ordinal) is >= 0 and var cut ? _list[(cut + 1)..] : null;
        HashSet<string> ids = [];
        if (ofConcept is not null)
        {
            var prefix = BlobNames.Jobs(_tenant, ofConcept);
            await foreach (var blob in blobs.ListAsync(prefix)) ids.Add(blob.Name[prefix.Length..].Split('/')[0]);
            return [.. ids];
        }
        await foreach (var blob in blobs.ListAsync(OldIndex)) ids.Add(blob.Name[(blob.Name.IndexOf('_', OldIndex.Length) + 1)..]);
        return [.. ids];
    }

    private static IndexEntry EntryOf(JobView job) =>
        new(job.Submitted, job.Id, job.ConceptId, job.Kind, job.User, Job: job.Ended is null ? null : job);

    private static IndexEntry EntryOf(ConceptView concept) => new(concept.Created, concept.Id, User: concept.User, Tags: concept.Tags);

    private IJobGrain Job(string id) => GrainFactory.GetGrain<IJobGrain>(_tenant.Key(id));

    private IConceptGrain Concept(string id) => GrainFactory.GetGrain<IConceptGrain>(_tenant.Key(id));
}
