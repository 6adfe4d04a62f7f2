using System.Net;
using System.Net.Http.Json;
using Microsoft.Extensions.DependencyInjection;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;
using static ViCo.Gateway.Tests.GatewayHost;

namespace ViCo.Gateway.Tests;

/// <summary>The installation's own key, in an installation of its own: these tests replace it.</summary>
public sealed class FirstStartTests : IAsyncLifetime
{
    private readonly GatewayHost _host = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _host.InitializeAsync();

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task The_key_in_the_file_is_the_operators_and_one_that_the_file_held_before_is_dead_at_once()
    {
        var session = await OkAsync(await _host.Client.GetAsync("/session", Stop));
        Assert.Equal(("default", "operator"), ((string?)session["tenant"], (string?)session["role"]));
        await OkAsync(await _host.Client.GetAsync("/concepts", Stop));

        File.Delete(_host.KeyFile);
        var next = await FirstStart().EnsureAsync(_host.KeyFile, Stop);
        Assert.NotEqual(_host.Admin.ApiKey, next.ApiKey);
        await ProblemAsync(await _host.Client.GetAsync("/session", Stop), HttpStatusCode.Unauthorized, "invalid_token");
        using var client = _host.ClientFor(next.ApiKey);
        await OkAsync(await client.GetAsync("/admin/tenants", Stop));

        // Of a former version's store: the key in the file becomes the operator's, another admin's stays what it is.
        var (known, other) = (ApiKey.New(new("default")), ApiKey.New(new("default")));
        var tenant = new CurrentTenant(new("default"), _host.Services.GetRequiredService<IGrainFactory>()).Tenant();
        foreach (var key in new[] { known, other }) Assert.True(await tenant.AddKey(key.KeyId, key.SecretHash, KeyRole.Admin));
        await File.WriteAllTextAsync(_host.KeyFile, known.InClear(), Stop);
        await FirstStart().EnsureAsync(_host.KeyFile, Stop);
        Assert.Equal(KeyRole.Operator, (await tenant.Identify(known.KeyId, known.SecretHash))!.Role);
        Assert.Equal(KeyRole.Admin, (await tenant.Identify(other.KeyId, other.SecretHash))!.Role);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.GetAsync("/session", Stop)).StatusCode);

        // One that was revoked does not come back with its file.
        using var admin = _host.ClientFor(known.InClear());
        await OkAsync(await admin.DeleteAsync($"/keys/{known.KeyId}", Stop));
        await Assert.ThrowsAsync<InvalidDataException>(() => FirstStart().EnsureAsync(_host.KeyFile, Stop));
    }

    private FirstStart FirstStart() => _host.Services.GetRequiredService<FirstStart>();
}
