using System.Globalization;
using System.Security.Cryptography;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Upkeep;

/// <summary>Whether all is there and whole that the records of concepts and jobs lead to, and which blobs they own.</summary>
internal sealed class RecordCheck(IBlobStore blobs, StoreContents store, bool withDigests, IProgress<StoreProgress> progress)
{
    private const int HexDigits = 64;

    private readonly HashSet<string> _ownedPrefixes = [];
    private readonly HashSet<string> _owned = [];

    public List<StoreFinding> Findings { get; } = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var (done, total) = (0, store.Concepts.Count + store.Jobs.Count);
        foreach (var (key, concept) in store.Concepts)
        {
            progress.Report(new(done++, total, "concepts"));
            await CheckAsync(TenantId.OfKey(key), key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..], concept, cancellationToken);
        }
        foreach (var (key, job) in store.Jobs)
        {
            progress.Report(new(done++, total, "jobs"));
            await CheckAsync(TenantId.OfKey(key), key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..], job, cancellationToken);
        }
    }

    /// <summary>Whether a record, or something that a record leads to, needs a blob.</summary>
    public bool Owns(string blob)
    {
        if (_owned.Contains(blob)) return true;
        for (var cut = blob.IndexOf('/', StringComparison.Ordinal); cut >= 0; cut = blob.IndexOf('/', cut + 1))
        {
            if (_ownedPrefixes.Contains(blob[..(cut + 1)])) return true;
        }
        // A small copy goes with what it shows.
        var name = Path.ChangeExtension(blob, null);
        return name.LastIndexOf(BlobNames.Thumbnails(""), StringComparison.Ordinal) is > 0 and var end && _owned.Contains(name[..end]);
    }

    private async Task CheckAsync(TenantId tenant, string id, ConceptRecord concept, CancellationToken cancellationToken)
    {
        var whole = BlobNames.Concept(tenant, id);
        _ownedPrefixes.Add($"{whole}index/");
        if (concept.Deleting)
        {
            _ownedPrefixes.Add(whole);
            return;
        }
        _ownedPrefixes.UnionWith(concept.Erasing.Select(job => $"{BlobNames.Jobs(tenant, id)}{job}/"));
        _owned.UnionWith(concept.Leaving.Select(l => l.Blob));
        foreach (var photo in concept.Photos)
        {
            await WantAsync(new(photo.Blob, $"photo '{photo.Name}' of concept '{id}'", photo.Bytes, photo.Digest), cancellationToken);
        }
        if (concept.Runs is null)
        {
            // A former version kept of two checkpoints with one step the later; the first look at the concept finds the others.
            _owned.UnionWith(store.Under(BlobNames.Jobs(tenant, id)).Select(b => b.Name)
                .Where(name => name.Contains("/checkpoints/", StringComparison.Ordinal)));
        }
        foreach (var run in concept.Runs ?? [])
        {
            foreach (var c in run.Checkpoints)
            {
                var what = string.Create(CultureInfo.InvariantCulture, $"checkpoint {run.Id}:{c.Step} of concept '{id}'");
                await WantAsync(new(c.Blob, what, c.Bytes, c.Digest), cancellationToken);
            }
            if (run.Resume is { } point) await WantAsync(new(point.Blob, $"resume point of run '{run.Id}'", point.Bytes, point.Digest),
                cancellationToken);
        }
    }

    private async Task CheckAsync(TenantId tenant, string id, JobRecord job, CancellationToken cancellationToken)
    {
        var files = new JobFiles(blobs, tenant, id);
        var prefix = files.PrefixOf(job.Spec);
        var key = tenant.Key(job.Spec.ConceptId);
        if (!store.Concepts.ContainsKey(key) && !store.Unreadable.Contains(key) && !job.Erasing)
        {
            var record = store.Blobs[StoreContents.StateOf("job", tenant.Key(id))];
            var what = $"Job '{id}' belongs to concept '{job.Spec.ConceptId}', which is gone";
            Findings.Add(new(Fault.Orphan, record.Name, what, record.Bytes)
            {
                Written = record.Written,
            });
            return;
        }
        if (job.Erasing || !job.HasEnded) _ownedPrefixes.Add(prefix);
        if (!job.HasEnded) _owned.UnionWith(JobsUnderWay.BlobsOf(job.Spec));
        var submitted = BlobNames.Submitted(tenant, job.Spec.ConceptId, id);
        _owned.Add(submitted);
        if (job.Erasing) return;
        if (!store.Blobs.ContainsKey(submitted))
        {
            Findings.Add(new(Fault.Unlisted, submitted, $"Job '{id}' has no mark in its concept, whose deletion would miss it", 0,
                "the mark is written")
            {
                Mend = () => blobs.WriteAsync(submitted, ReadOnlyMemory<byte>.Empty, cancellationToken: cancellationToken),
            });
        }

        foreach (var image in job.Images.Where(i => !i.Deleted))
        {
            await WantAsync(new(files.BlobOf(job.Spec, image), $"picture '{ImageId.Of(id, image.Index)}'", image.Bytes, image.Digest),
                cancellationToken);
        }
        foreach (var preview in job.Previews)
        {
            await WantAsync(new(preview.Blob, string.Create(CultureInfo.InvariantCulture, $"preview of job '{id}' at step {preview.Step}"),
                preview.Bytes, null), cancellationToken);
        }
        if (job.Preview is { } last) _owned.Add(last.Blob);
        if (job.Resume is { } point)
        {
            // Once it has ended its run says whether more steps can begin there: a former version kept none.
            _owned.Add(point.Blob);
            if (!job.HasEnded)
                await WantAsync(new(point.Blob, $"resume point of job '{id}'", point.Bytes, point.Digest), cancellationToken);
        }
        foreach (var part in job.Segments) await CheckPartAsync(id, JobLog.NameOf(prefix, part), part, cancellationToken);
    }

    private async Task CheckPartAsync(string job, string name, LogSegment part, CancellationToken cancellationToken)
    {
        if (!await WantAsync(new(name, $"log part of job '{job}'", 0, null), cancellationToken)) return;
        if (await blobs.ReadAsync(name, cancellationToken) is not { } blob) return;
        try
        {
            JobLog.Parse(name, part, blob.Content.Span);
        }
        catch (DamagedBlobException e)
        {
            Findings.Add(new(Fault.Damaged, name, $"The log part of job '{job}' does not read: {e.Why}", blob.Content.Length));
        }
    }

    /// <returns>Whether it is there and whole.</returns>
    private async Task<bool> WantAsync(Wanted wanted, CancellationToken cancellationToken)
    {
        _owned.Add(wanted.Blob);
        if (!store.Blobs.TryGetValue(wanted.Blob, out var there)) return Say(Fault.Missing, "is not there");
        if (wanted.Bytes > 0 && there.Bytes != wanted.Bytes)
            return Say(Fault.Damaged, $"has {there.Bytes} bytes; wanted {wanted.Bytes}");
        if (!withDigests || wanted.Digest is not { Length: HexDigits } digest) return true;
        await using var content = await blobs.OpenReadAsync(wanted.Blob, cancellationToken);
        if (content is null) return Say(Fault.Missing, "is not there");
        var found = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        return found == digest || Say(Fault.Damaged, $"has SHA-256 {found[..12]}…; wanted {digest[..12]}…");

        bool Say(Fault fault, string how)
        {
            Findings.Add(new(fault, wanted.Blob, $"The {wanted.What} {how}", there?.Bytes ?? 0));
            return false;
        }
    }

    /// <param name="What">What it is, for people.</param>
    /// <param name="Bytes">How many it has; 0: not known.</param>
    /// <param name="Digest">SHA-256 in hexadecimal; null: not known.</param>
    private sealed record Wanted(string Blob, string What, long Bytes, string? Digest);
}
