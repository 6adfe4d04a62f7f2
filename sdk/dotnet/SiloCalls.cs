using System.Text.Json.Nodes;

namespace ViCo.Client;

/// <summary>The silos of an installation; for its operators.</summary>
public sealed class SiloCalls
{
    private readonly Transport _transport;

    internal SiloCalls(Transport transport) => _transport = transport;

    /// <summary>All that take work, with what they run.</summary>
    public async Task<IReadOnlyList<Silo>> ListAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("admin/silos", ViCoJson.Default.SiloPage, cancellationToken).ConfigureAwait(false)).Silos;

    /// <summary>One.</summary>
    /// <exception cref="ViCoException">There is none: <c>silo_not_found</c>.</exception>
    public Task<Silo> GetAsync(string silo, CancellationToken cancellationToken = default) =>
        _transport.GetAsync(PathOf(silo), ViCoJson.Default.Silo, cancellationToken);

    /// <summary>Gives it no new work; what runs there ends there.</summary>
    public Task<Silo> CordonAsync(string silo, CancellationToken cancellationToken = default) =>
        TellAsync(silo, "cordon", cancellationToken);

    /// <summary>Gives it no new work; its trainings stop at the next step and go on elsewhere, its drawings end there.</summary>
    public Task<Silo> DrainAsync(string silo, CancellationToken cancellationToken = default) =>
        TellAsync(silo, "drain", cancellationToken);

    /// <summary>Gives it work again.</summary>
    public Task<Silo> UncordonAsync(string silo, CancellationToken cancellationToken = default) =>
        TellAsync(silo, "uncordon", cancellationToken);

    /// <summary>Forgets one that is gone.</summary>
    /// <exception cref="ViCoException">It was heard of within the last minute: <c>not_possible_now</c>.</exception>
    public Task RemoveAsync(string silo, CancellationToken cancellationToken = default) =>
        _transport.DeleteAsync(PathOf(silo), cancellationToken);

    private Task<Silo> TellAsync(string silo, string what, CancellationToken cancellationToken) =>
        _transport.PostAsync($"{PathOf(silo)}/{what}", (JsonNode?)null, key: null, ViCoJson.Default.Silo, cancellationToken);

    private static string PathOf(string silo) => $"admin/silos/{Uri.EscapeDataString(silo)}";
}
