using System.Text.Json;
using ViCo.Grains.Storage;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>What is noted of tenants on their way out: that they are to go, what they had, and at last a signed receipt.</summary>
internal sealed class TenantReceipts(IBlobStore blobs, InstallationSecret secret, TimeProvider clock)
{
    private const string Notes = "tenant-deletions/", Receipts = "receipts/";

    private static readonly TimeSpan StaleAfter = TimeSpan.FromMinutes(1);

    /// <summary>Notes that a tenant is to go, before its record says so.</summary>
    public async Task NoteAsync(TenantId tenant) => await blobs.WriteAsync(NoteOf(tenant), ReadOnlyMemory<byte>.Empty);

    /// <summary>The tenants that are noted, and when they were.</summary>
    public async IAsyncEnumerable<(TenantId Tenant, DateTimeOffset Noted)> NotedAsync()
    {
        await foreach (var note in blobs.ListAsync(Notes)) yield return (new(note.Name[Notes.Length..]), note.Written);
    }

    /// <summary>Forgets a note of a tenant that is gone, or whose record never came to say that it is to go.</summary>
    public async Task ForgetAsync(TenantId tenant, DateTimeOffset noted)
    {
        if (clock.GetUtcNow() - noted > StaleAfter || await FindAsync(tenant) is not null) await blobs.DeleteAsync(NoteOf(tenant));
    }

    /// <summary>The receipt of a tenant that is gone, with whether its signature holds; null: there is none.</summary>
    public async Task<TenantReceipt?> FindAsync(TenantId tenant) => await ReadAsync(NameOf(tenant)) is { } receipt
        ? receipt with { Valid = secret.Holds(receipt.Secret, receipt.Words(), receipt.Signature) } : null;

    /// <summary>What a tenant on its way out had, as it was written down at first; null: it was not yet.</summary>
    public Task<TenantReceipt?> FindDraftAsync(TenantId tenant) => ReadAsync(DraftOf(tenant));

    /// <summary>Writes down what a tenant on its way out has, unless another gateway has: the first one saw the most.</summary>
    /// <returns>What counts.</returns>
    public async Task<TenantReceipt> DraftAsync(TenantId tenant, TenantReceipt draft)
    {
        try
        {
            await blobs.WriteAsync(DraftOf(tenant), Json(draft), BlobCondition.Absent);
            return draft;
        }
        catch (BlobConflictException)
        {
            return await FindDraftAsync(tenant) ?? draft;
        }
    }

    /// <summary>Nothing of the tenant is left: signs what was written down, and forgets the note.</summary>
    public async Task SignAsync(TenantId tenant, TenantReceipt draft)
    {
        var receipt = draft with { Ended = clock.GetUtcNow() };
        var (by, signature) = secret.Sign(receipt.Words());
        try
        {
            await blobs.WriteAsync(NameOf(tenant), Json(receipt with { Secret = by, Signature = signature }), BlobCondition.Absent);
        }
        catch (BlobConflictException)
        {
            // Another gateway was faster: its receipt counts.
        }
        await blobs.DeleteAsync(DraftOf(tenant));
        await blobs.DeleteAsync(NoteOf(tenant));
    }

    private static string NoteOf(TenantId tenant) => $"{Notes}{tenant}";

    private static string NameOf(TenantId tenant) => $"{Receipts}{tenant}.json";

    private static string DraftOf(TenantId tenant) => $"{Receipts}{tenant}.draft.json";

    private static byte[] Json(TenantReceipt receipt) => JsonSerializer.SerializeToUtf8Bytes(receipt, GatewayJson.Default.TenantReceipt);

    private async Task<TenantReceipt?> ReadAsync(string name) => await blobs.ReadAsync(name) is { } blob
        ? JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.TenantReceipt) : null;
}
