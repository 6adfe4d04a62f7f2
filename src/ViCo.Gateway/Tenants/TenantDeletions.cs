using System.Security.Cryptography;
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
    TenantReceipts receipts, IBlobStore blobs, IGrainFactory grains, AllowedOrigins origins, ILogger<TenantDeletions> logger)
    : BackgroundService
{
    private const int AtOnce = 200;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _asked = new(0);

    /// <summary>Has what is noted done now instead of in a while.</summary>
    public void Hurry() => _asked.Release();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var (tenant, noted) in receipts.NotedAsync()) await GoOnAsync(tenant, noted);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotListed(e);
            }
            await ((Task)_asked.WaitAsync(Every, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>One tenant's trouble holds no other's deletion back.</summary>
    private async Task GoOnAsync(TenantId tenant, DateTimeOffset noted)
    {
        try
        {
            var of = new CurrentTenant(tenant, grains);
            if (await of.Tenant().GetDeletion() is { } begun) await DeleteAsync(begun, of);
            // Its record says that it is gone, and whoever wrote that came no further.
            else if (await receipts.FindDraftAsync(tenant) is { } draft) await receipts.SignAsync(tenant, draft);
            else await receipts.ForgetAsync(tenant, noted);
        }
        catch (Exception e)
        {
            LogFailed(tenant.Value, e);
        }
    }

    private async Task DeleteAsync(DateTimeOffset begun, CurrentTenant of)
    {
        // What there was is written down first: who goes on after a crash finds only what is left.
        var draft = await receipts.FindDraftAsync(of.Id);
        if (draft is null)
        {
            draft = new(of.Id.Value, begun, begun, await CountAsync(of), await DigestsAsync(of.Id));
            draft = await receipts.DraftAsync(of.Id, draft);
        }
        await foreach (var concept in ConceptsAsync(of)) await of.Concept(concept).Delete();
        foreach (var webhook in await of.Webhooks().List()) await of.Webhooks().Remove(webhook.Id);
        await origins.SetAsync(of.Id, []);
        await foreach (var name in TenantBlobs.ListAsync(blobs, of.Id)) await blobs.DeleteAsync(name);
        // What was on its way when they were listed is found by the next turn.
        await foreach (var _ in TenantBlobs.ListAsync(blobs, of.Id)) return;

        await of.Tenant().EndDelete();
        await receipts.SignAsync(of.Id, draft);
        LogDeleted(of.Id.Value, draft.Concepts, draft.Blobs.Count);
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

    public override void Dispose()
    {
        _asked.Dispose();
        base.Dispose();
    }

    [LoggerMessage(LogLevel.Information, "Tenant {Tenant} is deleted: {Concepts} concepts, {Blobs} blobs")]
    private partial void LogDeleted(string tenant, int concepts, int blobs);

    [LoggerMessage(LogLevel.Warning, "Tenant {Tenant} could not be deleted yet; the next try comes in ten seconds")]
    private partial void LogFailed(string tenant, Exception e);

    [LoggerMessage(LogLevel.Warning, "Which tenants are to be deleted could not be found out; the next try comes in ten seconds")]
    private partial void LogNotListed(Exception e);
}
