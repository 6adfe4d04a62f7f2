using System.Security.Cryptography;
using System.Text.Json;
using ViCo.Grains.Storage;

namespace ViCo.Grains.Upkeep;

/// <summary>
/// Copies a store into an empty one, blob by blob, each read back and compared, with a list of all digests; and such a copy back again.
/// </summary>
/// <remarks>
/// Records are copied before what they lead to: of a platform that runs meanwhile the copy may lack what was deleted just then, and
/// nothing else.
/// </remarks>
public sealed class StoreBackup(IBlobStore from, IBlobStore to)
{
    internal const string Root = "backup/";

    private const string ListName = $"{Root}list.json", Records = "state/";

    private const int Tries = 3;

    /// <summary>Copies everything; the list of digests comes last, so a copy without one is not whole.</summary>
    /// <exception cref="InvalidDataException">The target is not empty, or does not give back what was written to it.</exception>
    public async Task<StoreReport> BackUpAsync(
        DateTimeOffset now, IProgress<StoreProgress> progress, CancellationToken cancellationToken = default)
    {
        await WantEmptyAsync(cancellationToken);
        List<CopiedBlob> copied = [];
        foreach (var prefix in new[] { Records, "" })
        {
            var names = await NamesAsync(prefix, cancellationToken);
            foreach (var name in names.Where(name => prefix.Length > 0 || !name.StartsWith(Records, StringComparison.Ordinal)))
            {
                progress.Report(new(copied.Count, copied.Count + names.Count, name));
                if (await CopyAsync(name, cancellationToken) is { } blob) copied.Add(blob);
            }
        }
        var list = JsonSerializer.SerializeToUtf8Bytes(new BackupList(now, copied), GrainJson.Options);
        await to.WriteAsync(ListName, list, cancellationToken: cancellationToken);
        return Report(copied, []);
    }

    /// <summary>Copies a backup back. Nothing is written unless all of it is there and whole.</summary>
    /// <returns>What was copied, or else what is damaged of the backup.</returns>
    /// <exception cref="InvalidDataException">The source is no backup, or the target is not empty.</exception>
    public async Task<StoreReport> RestoreAsync(IProgress<StoreProgress> progress, CancellationToken cancellationToken = default)
    {
        if (await from.ReadAsync(ListName, cancellationToken) is not { } listed
            || JsonSerializer.Deserialize<BackupList>(listed.Content.Span, GrainJson.Options) is not { Blobs: { } blobs })
            throw new InvalidDataException($"There is no '{ListName}' in the backup: it is none, or was cut off before its end.");
        await WantEmptyAsync(cancellationToken);
        List<StoreFinding> damaged = [];
        for (var i = 0; i < blobs.Count; i++)
        {
            progress.Report(new(i, 2 * blobs.Count, $"checking {blobs[i].Name}"));
            var (bytes, digest) = await DigestAsync(from, blobs[i].Name, cancellationToken);
            if (digest is null) damaged.Add(new(Fault.Missing, blobs[i].Name, "The backup lists it and does not hold it"));
            else if (digest != blobs[i].Sha256)
                damaged.Add(new(Fault.Damaged, blobs[i].Name, $"It has SHA-256 {digest[..12]}…; the backup's list says "
                    + $"{blobs[i].Sha256[..12]}…", bytes));
        }
        if (damaged.Count > 0) return Report([], damaged);

        // Records last: until they are there, nobody believes that anything is.
        List<CopiedBlob> copied = [];
        foreach (var blob in blobs.OrderBy(b => b.Name.StartsWith(Records, StringComparison.Ordinal)))
        {
            progress.Report(new(blobs.Count + copied.Count, 2 * blobs.Count, blob.Name));
            if (await CopyAsync(blob.Name, cancellationToken) is { } done) copied.Add(done);
        }
        return Report(copied, []);
    }

    private async Task<CopiedBlob?> CopyAsync(string name, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            await using (var content = await from.OpenReadAsync(name, cancellationToken))
            {
                if (content is null) return null;
                await to.WriteAsync(name, content, cancellationToken: cancellationToken);
            }
            var (bytes, wanted) = await DigestAsync(from, name, cancellationToken);
            var (_, found) = await DigestAsync(to, name, cancellationToken);
            if (wanted == found) return wanted is null ? null : new(name, bytes, wanted);
            // Written anew between the two looks.
            if (attempt == Tries) throw new InvalidDataException(
                $"The copy of '{name}' is not what was copied ({Tries} tries): it changes all the time, or the target is damaged.");
        }
    }

    private async Task WantEmptyAsync(CancellationToken cancellationToken)
    {
        await foreach (var blob in to.ListAsync("", cancellationToken))
            throw new InvalidDataException($"The target is not empty: it holds '{blob.Name}'. Give one that is new.");
    }

    private async Task<List<string>> NamesAsync(string prefix, CancellationToken cancellationToken)
    {
        List<string> names = [];
        await foreach (var blob in from.ListAsync(prefix, cancellationToken))
        {
            if (!blob.Name.StartsWith(Root, StringComparison.Ordinal)) names.Add(blob.Name);
        }
        return names;
    }

    private static async Task<(long Bytes, string? Digest)> DigestAsync(IBlobStore store, string name, CancellationToken cancellationToken)
    {
        await using var content = await store.OpenReadAsync(name, cancellationToken);
        if (content is null) return (0, null);
        var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancellationToken));
        return (content.Length, digest);
    }

    private static StoreReport Report(List<CopiedBlob> copied, List<StoreFinding> findings) => new(
        copied.Count, copied.Sum(b => b.Bytes), copied.Count(b => b.Name.StartsWith($"{Records}concept/", StringComparison.Ordinal)),
        copied.Count(b => b.Name.StartsWith($"{Records}job/", StringComparison.Ordinal)), findings);

    private sealed record BackupList(DateTimeOffset Taken, IReadOnlyList<CopiedBlob> Blobs);

    private sealed record CopiedBlob(string Name, long Bytes, string Sha256);
}
