using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;

namespace ViCo.Grains.Tests.Tenants;

public sealed class TenantTests : IAsyncLifetime
{
    private static readonly TenantId Acme = new("acme"), Rival = new("rival");

    private Cluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await Cluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_call_for_another_tenant_or_for_nobody_is_refused_by_every_method()
    {
        using (Cluster.AsTenant()) await _cluster.NewTrainingAsync("mine");

        foreach (var calls in new[] { CallsOf(_cluster.Job("mine")), CallsOf(_cluster.Concept("mine")),
            CallsOf(_cluster.Index("acme/jobs")), CallsOf(_cluster.Grains.GetGrain<ITenantGrain>("acme")) })
        {
            foreach (var (name, call) in calls)
            {
                using (TenantScope.Enter(Rival))
                    Assert.Contains("'rival'", (await Assert.ThrowsAsync<UnauthorizedAccessException>(call)).Message);
                await Task.Run(async () =>
                {
                    Orleans.Runtime.RequestContext.Clear();
                    Assert.Contains("nobody", (await Assert.ThrowsAsync<UnauthorizedAccessException>(call)).Message);
                }, TestContext.Current.CancellationToken);
            }
        }

        using (Cluster.AsTenant()) Assert.Equal(JobState.Queued, (await _cluster.Job("mine").Get())!.State);
        using (TenantScope.EnterSystem()) Assert.NotNull(await _cluster.Job("mine").Get());
    }

    [Fact]
    public async Task Leaving_a_scope_brings_the_outer_one_back()
    {
        using var outer = TenantScope.Enter(Acme);
        using (TenantScope.Enter(Rival)) await Assert.ThrowsAsync<UnauthorizedAccessException>(() => _cluster.Job("x").Get());
        Assert.Null(await _cluster.Job("x").Get());
    }

    [Fact]
    public async Task A_key_opens_with_its_secret_only_and_until_it_is_revoked()
    {
        using var tenant = Cluster.AsTenant();
        var acme = _cluster.Grains.GetGrain<ITenantGrain>("acme");
        Assert.True(await acme.AddKey("k1", "aa", KeyRole.Admin));
        Assert.True(await acme.AddKey("k1", "aa", KeyRole.Admin));
        Assert.False(await acme.AddKey("k1", "bb", KeyRole.Admin));
        await _cluster.Silos.DeactivateAsync(acme);
        Assert.Equal(KeyRole.Admin, await acme.Authenticate("k1", "aa"));
        Assert.Null(await acme.Authenticate("k1", "ab"));
        Assert.Null(await acme.Authenticate("k2", "aa"));
        await acme.RevokeKey("k1");
        await acme.RevokeKey("k1");
        Assert.Null(await acme.Authenticate("k1", "aa"));
    }

    /// <summary>Every method of a grain contract, called with empty arguments: a new one is covered the day it is added.</summary>
    private static IEnumerable<(string, Func<Task>)> CallsOf<T>(T grain) where T : notnull =>
        typeof(T).GetMethods().Select(method => (method.Name, (Func<Task>)(() => (Task)method.Invoke(
            grain, [.. method.GetParameters()
                .Select(p => p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType) : null)])!)));
}
