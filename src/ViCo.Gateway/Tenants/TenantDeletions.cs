using System.Security.Cryptography;
using System.Text.Json;
using ViCo.Gateway.Origins;
using ViCo.Grains.Indexes;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Deletes tenants with all that is theirs. Each leaves a note before it begins, which goes when nothing is left but the receipt: whoever
/// is cut off on the way goes on from there, at this gateway or another.
/// </summary>
internal sealed partial class TenantDeletions(
    IBlobStore blobs, IGrainFactory grains, AllowedOrigins origins, InstallationSecret secret, TimeProvider clock,
    ILogger<TenantDeletions> logger)
    : BackgroundService
{
    private const int AtOnce = 200;

    private const string Notes = "tenant-deletions/", Receipts = "receipts/";

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10), StaleAfter = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _asked = new(0);

    /// <summary>Notes that a tenant is to go, before its record says so.</summary>
    public async Task NoteAsync(TenantId tenant) => await blobs.WriteAsync($"{Notes}{tenant}", ReadOnlyMemory<byte>.Empty);

    /// <summary>Has what is noted done now instead of in a while.</summary>
    public void Hurry() => _asked.Release();

    /// <summary>The receipt of a tenant that is gone; null: there is none.</summary>
    public async Task<TenantReceipt?> ReceiptAsync(TenantId tenant) =>
        await ReadAsync($"{Receipts}{tenant}.json") is { } receipt
            ? receipt with { Valid = secret.Holds(receipt.Secret, receipt.Words(), receipt.Signature) } : null;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var note in blobs.ListAsync(Notes, stoppingToken)) await GoOnAsync(note);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogFailed(Notes, e);
            }
            await ((Task)_asked.WaitAsync(Every, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One tenant's trouble holds no other's deletion back.</summary>
    private async Task GoOnAsync(BlobEntry note)
    {
        var tenant = new TenantId(note.Name[Notes.Length..]);
        try
        {
            var of = new CurrentTenant(tenant, grains);
            if (await of.Tenant().GetDeletion() is { } begun) await DeleteAsync(tenant, begun, of);
            // Whoever noted it was cut off before the tenant's record said so: nothing has begun.
            else if (clock.GetUtcNow() - note.Written > StaleAfter || await ReceiptAsync(tenant) is not null)
                await blobs.DeleteAsync(note.Name);
        }
        catch (Exception e)
        {
            LogFailed(note.Name, e);
        }
    }

    private async Task DeleteAsync(TenantId tenant, DateTimeOffset begun, CurrentTenant of)
    {
        // What there was is written down first: who goes on after a crash finds only what is left.
        var draft = $"{Receipts}{tenant}.draft.json";
        if (await ReadAsync(draft) is not { } receipt)
            await WriteAsync(draft, receipt = new(tenant.Value, begun, begun, await CountAsync(of), await DigestsAsync(tenant)));

        await foreach (var concept in ConceptsAsync(of)) await of.Concept(concept).Delete();
        foreach (var webhook in await of.Webhooks().List()) await of.Webhooks().Remove(webhook.Id);
        await origins.SetAsync(tenant, []);
        await foreach (var name in TenantBlobs.ListAsync(blobs, tenant)) await blobs.DeleteAsync(name);
        // What was on its way when they were listed is found by the next turn.
        await foreach (var _ in TenantBlobs.ListAsync(blobs, tenant)) return;

        await of.Tenant().EndDelete();
        receipt = receipt with { Ended = clock.GetUtcNow() };
        var (by, signature) = secret.Sign(receipt.Words());
        try
        {
            await WriteAsync($"{Receipts}{tenant}.json", receipt with { Secret = by, Signature = signature }, BlobCondition.Absent);
        }
        catch (BlobConflictException)
        {
            // Another gateway was faster: its receipt counts.
        }
        await blobs.DeleteAsync(draft);
        await blobs.DeleteAsync($"{Notes}{tenant}");
        LogDeleted(tenant.Value, receipt.Concepts, receipt.Blobs.Count);
    }

    private async Task<IReadOnlyList<DeletedBlob>> DigestsAsync(TenantId tenant)
    {
        List<DeletedBlob> found = [];
        await foreach (var name in TenantBlobs.ListAsync(blobs, tenant))
        {
            if (await blobs.OpenReadAsync(name) is not { } content) continue;
            await using (content)
            {
                var digest = Convert.ToHexStringLower(await SHA256.HashDataAsync(content));
                found.Add(new(digest, content.Position));
            }
        }
        return found;
    }

    private static async Task<int> CountAsync(CurrentTenant of)
    {
        var count = 0;
        await foreach (var _ in ConceptsAsync(of)) count++;
        return count;
    }

    private static async IAsyncEnumerable<string> ConceptsAsync(CurrentTenant of)
    {
        for (string? cursor = null; ;)
        {
            var page = await of.Index(IndexKeys.Concepts(of.Id)).Read(new(AtOnce, cursor));
            foreach (var entry in page.Entries) yield return entry.Id;
            if ((cursor = page.Next) is null) yield break;
        }
    }

    private async Task<TenantReceipt?> ReadAsync(string name) => await blobs.ReadAsync(name) is { } blob
        ? JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.TenantReceipt) : null;

    private async Task WriteAsync(string name, TenantReceipt receipt, BlobCondition condition = default) =>
        await blobs.WriteAsync(name, JsonSerializer.SerializeToUtf8Bytes(receipt, GatewayJson.Default.TenantReceipt), condition);

    public override void Dispose()
    {
        _asked.Dispose();
        base.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Tenant {Tenant} is deleted: {Concepts} concepts, {Blobs} blobs")]
    private partial void LogDeleted(string tenant, int concepts, int blobs);

    [LoggerMessage(LogLevel.Warning, "'{Note}': what is to be deleted could not be yet; the next try comes in ten seconds")]
    private partial void LogFailed(string note, Exception e);
}
