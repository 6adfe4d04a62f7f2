using System.Net.Http.Headers;

namespace ViCo.Client;

/// <summary>A ViCo server under a key.</summary>
/// <remarks>
/// One client serves a whole program, and its calls may come from several threads. A request that was lost to a broken connection, or
/// that a busy server turned away, is sent again; a POST that is sent again makes nothing twice. Give it a <c>key</c> of your own to
/// have that hold across a restart of your program, too.
/// </remarks>
public sealed class ViCoClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly bool _owned;
    private readonly Transport _transport;

    /// <param name="address">Such as <c>http://127.0.0.1:5080</c>.</param>
    /// <param name="apiKey"><c>vico_…</c></param>
    public ViCoClient(Uri address, string apiKey, ViCoClientOptions? options = null)
        : this(new() { Timeout = TimeSpan.FromMinutes(2) }, address, apiKey, options) => _owned = true;

    /// <summary>Over a client of your own, which stays yours.</summary>
    public ViCoClient(HttpClient http, Uri address, string apiKey, ViCoClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(http);
        ArgumentNullException.ThrowIfNull(address);
        _http = http;
        http.BaseAddress = address.AbsoluteUri.EndsWith('/') ? address : new(address.AbsoluteUri + "/");
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        options ??= new();
        _transport = new(http, options);
        Concepts = new(_transport);
        Runs = new(_transport);
        Jobs = new(_transport, options);
        Images = new(_transport);
        Keys = new(_transport);
        Tenants = new(_transport);
        Silos = new(_transport);
    }

    /// <summary>Concepts and their photos.</summary>
    public ConceptCalls Concepts { get; }

    /// <summary>Trainings and their checkpoints.</summary>
    public RunCalls Runs { get; }

    /// <summary>What is queued, runs and has ended.</summary>
    public JobCalls Jobs { get; }

    /// <summary>Pictures.</summary>
    public ImageCalls Images { get; }

    /// <summary>The tenant's keys.</summary>
    public KeyCalls Keys { get; }

    /// <summary>The installation's tenants.</summary>
    public TenantCalls Tenants { get; }

    /// <summary>The installation's silos.</summary>
    public SiloCalls Silos { get; }

    internal Transport Transport => _transport;

    /// <summary>Whose key it is.</summary>
    public Task<Session> GetSessionAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("session", ViCoJson.Default.Session, cancellationToken);

    /// <summary>What the tenant uses.</summary>
    public Task<Usage> GetUsageAsync(CancellationToken cancellationToken = default) =>
        _transport.GetAsync("usage", ViCoJson.Default.Usage, cancellationToken);

    /// <summary>The base models of the workers that are there.</summary>
    public async Task<IReadOnlyList<Model>> GetModelsAsync(CancellationToken cancellationToken = default) =>
        (await _transport.GetAsync("models", ViCoJson.Default.ModelPage, cancellationToken).ConfigureAwait(false)).Models;

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_owned) _http.Dispose();
    }
}

/// <summary>How a client behaves.</summary>
public sealed record ViCoClientOptions
{
    /// <summary>Waits between tries by it; the system's unless given.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
