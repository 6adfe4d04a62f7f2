using System.Text.Json;

namespace ViCo.Client;

/// <summary>The tenants of an installation; for its operators.</summary>
public sealed class TenantCalls
{
    private readonly Transport _transport;

    internal TenantCalls(Transport transport) => _transport = transport;

    /// <summary>All of them by id, read page by page.</summary>
    public IAsyncEnumerable<Tenant> ListAsync(CancellationToken cancellationToken = default) => Paging.ListAsync(
        _transport, "admin/tenants", ViCoJson.Default.TenantPage, page => (page.Tenants, page.Next), [], cancellationToken);

    /// <summary>Makes one. Its key is shown once, so a request whose answer is lost is not sent again.</summary>
    /// <param name="id">1 to 40 of a-z, 0-9 and '-', a letter or digit first. It never changes.</param>
    /// <param name="name">What people call it; null: its id.</param>
    public Task<CreatedTenant> CreateAsync(string id, string? name = null, CancellationToken cancellationToken = default) =>
        _transport.PostOnceAsync(
            "admin/tenants", JsonSerializer.SerializeToNode(new(id, name), ViCoJson.Default.NewTenant)!, ViCoJson.Default.CreatedTenant,
            cancellationToken);

    /// <summary>Changes what is given, such as whether it is suspended.</summary>
    public Task<Tenant> ChangeAsync(string id, TenantTerms terms, CancellationToken cancellationToken = default) => _transport.PatchAsync(
        $"admin/tenants/{id}", JsonSerializer.SerializeToNode(terms, ViCoJson.Default.TenantTerms)!, ViCoJson.Default.Tenant,
        cancellationToken);
}
