using System.Text.Json;
using ViCo.Grains.Concepts;
using ViCo.Grains.Jobs;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Upkeep;

/// <summary>Looks after a store from outside: finds what is wrong, mends what follows from the rest, removes what nobody owns.</summary>
/// <param name="isAlone">Nobody else uses the store meanwhile. Else everything is looked at twice: what is under way passes.</param>
public sealed class StoreUpkeep(IBlobStore blobs, bool isAlone, TimeProvider clock)
{
    // Longer than a worker keeps what it has written to itself.
    private static readonly TimeSpan SettlesWithin = TimeSpan.FromSeconds(5), SharedOrphansAge = TimeSpan.FromHours(1);

    private static readonly string[] Known =
        ["state/", "tenants/", "queue/", "queues/", "answers/", "gateway/", "models/", "webhooks/", "receipts/", "tenant-deletions/",
            BlobNames.Deletions, BlobNames.SetAside, StoreBackup.Root];

    /// <summary>Looks at everything that lies in the store.</summary>
    /// <param name="withDigests">Reads whole files and compares their digests; else only their sizes.</param>
    public async Task<StoreReport> VerifyAsync(
        bool withDigests, IProgress<StoreProgress> progress, CancellationToken cancellationToken = default)
    {
        var report = await LookAsync(withDigests, progress, cancellationToken);
        if (isAlone || report.Findings.Count == 0) return report;
        await Task.Delay(SettlesWithin, clock, cancellationToken);
        var before = report.Findings.Select(f => (f.Fault, f.Blob)).ToHashSet();
        report = await LookAsync(withDigests, progress, cancellationToken);
        return report with { Findings = [.. report.Findings.Where(f => before.Contains((f.Fault, f.Blob)))] };
    }

    /// <summary>Mends what can be mended, and says what it did.</summary>
    /// <param name="setsAside">Damaged records too: they are set aside, so that they stand in nobody's way.</param>
    public static async Task<IReadOnlyList<StoreFinding>> RepairAsync(
        StoreReport report, bool setsAside, Action<StoreFinding> mended)
    {
        List<StoreFinding> done = [];
        foreach (var finding in report.Findings.Where(f => f.Mend is not null && (setsAside || !IsRecord(f))))
        {
            await finding.Mend!();
            done.Add(finding);
            mended(finding);
        }
        return done;
    }

    /// <summary>What <see cref="CollectAsync"/> removes: what nobody owns, in a store that others use not what is young.</summary>
    public IReadOnlyList<StoreFinding> Orphans(StoreReport report)
    {
        var latest = isAlone ? DateTimeOffset.MaxValue : clock.GetUtcNow() - SharedOrphansAge;
        return [.. report.Findings.Where(f => f.Fault == Fault.Orphan && f.Written < latest)];
    }

    /// <summary>Removes what nobody owns.</summary>
    public async Task CollectAsync(IReadOnlyList<StoreFinding> orphans, Action<StoreFinding> removed,
        CancellationToken cancellationToken = default)
    {
        // A record goes after what it leads to: cut off, the rest is found again.
        foreach (var orphan in orphans.OrderBy(IsRecord))
        {
            await blobs.DeleteAsync(orphan.Blob, cancellationToken: cancellationToken);
            removed(orphan);
        }
    }

    private async Task<StoreReport> LookAsync(bool withDigests, IProgress<StoreProgress> progress, CancellationToken cancellationToken)
    {
        var store = await StoreContents.ReadAsync(blobs, progress, cancellationToken);
        var records = new RecordCheck(blobs, store, withDigests, progress);
        await records.RunAsync(cancellationToken);
        var indexes = new IndexCheck(blobs, store);
        await indexes.RunAsync(cancellationToken);
        var queue = new QueueCheck(blobs, store);
        queue.Run();
        List<StoreFinding> rest = [];
        foreach (var blob in store.Blobs.Values)
        {
            if (Known.All(root => !blob.Name.StartsWith(root, StringComparison.Ordinal)))
                rest.Add(new(Fault.Unknown, blob.Name, "Its name is none that this version gives", blob.Bytes));
            else if (IsOrphan(blob.Name, store, records))
                rest.Add(new(Fault.Orphan, blob.Name, "Nothing leads to it", blob.Bytes) { Written = blob.Written });
            else if (blob.Name.EndsWith(".json", StringComparison.Ordinal) && !blob.Name.StartsWith("state/", StringComparison.Ordinal)
                && (!blob.Name.StartsWith("tenants/", StringComparison.Ordinal) || blob.Name.Split('/') is [_, _, "used", _])
                && !blob.Name.StartsWith(BlobNames.SetAside, StringComparison.Ordinal)
                && await WhyUnreadableAsync(blob.Name, cancellationToken) is { } why)
                rest.Add(new(Fault.Damaged, blob.Name, $"It is no JSON: {why}", blob.Bytes));
        }
        return new(store.Blobs.Count, store.Blobs.Values.Sum(b => b.Bytes), store.Concepts.Count, store.Jobs.Count,
            [.. store.Damaged.Concat(records.Findings).Concat(indexes.Findings).Concat(queue.Findings).Concat(rest)
                .OrderBy(f => f.Blob, StringComparer.Ordinal)]);
    }

    /// <summary>Under a concept everything has an owner, unless nobody can know.</summary>
    private static bool IsOrphan(string name, StoreContents store, RecordCheck records)
    {
        if (name.Split('/') is not ["tenants", var tenant, "concepts", var concept, .. var rest] || rest.Length == 0) return false;
        if (store.Unreadable.Contains($"{tenant}/{concept}")) return false;
        if (rest is ["jobs", var job, ..] && store.Unreadable.Contains($"{tenant}/{job}")) return false;
        return !records.Owns(name);
    }

    private async Task<string?> WhyUnreadableAsync(string name, CancellationToken cancellationToken)
    {
        if (await blobs.ReadAsync(name, cancellationToken) is not { } blob) return null;
        try
        {
            using var _ = JsonDocument.Parse(blob.Content);
            return null;
        }
        catch (JsonException e)
        {
            return e.Message;
        }
    }

    private static bool IsRecord(StoreFinding finding) => finding.Blob.StartsWith("state/", StringComparison.Ordinal);
}
