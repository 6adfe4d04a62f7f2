using ViCo.Grains.Concepts;
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
        Assert.Equal(KeyRole.Admin, (await acme.Identify("k1", "aa"))!.Role);
        Assert.Null(await acme.Identify("k1", "ab"));
        Assert.Null(await acme.Identify("k2", "aa"));
        Assert.Equal("last_admin_key", (await acme.RevokeKey("k1")).Code);
        Assert.True(await acme.AddKey("k2", "cc", KeyRole.Admin));
        Assert.Equal(Outcome.Done, (await acme.RevokeKey("k1")).Outcome);
        Assert.Equal(Outcome.Done, (await acme.RevokeKey("k1")).Outcome);
        Assert.Null(await acme.Identify("k1", "aa"));
        Assert.Null(await acme.Recall("k1"));
        Assert.False(await acme.AddKey("k1", "aa", KeyRole.Admin));         // dead for good
    }

    [Fact]
    public async Task Roles_contain_the_lower_ones_and_scopes_leave_nothing_but_what_they_name()
    {
        KeyRole[] rising = [KeyRole.Reader, KeyRole.User, KeyRole.Admin, KeyRole.Operator];
        foreach (var (lower, higher) in rising.Zip(rising.Skip(1)))
        {
            Assert.True(higher.Contains(lower));
            Assert.False(lower.Contains(higher));
        }
        Assert.Equal(["images:read", "images:write", "sessions:read", "sessions:write"],
            Scopes.NamesOf(Scopes.Of(KeyRole.User, ["images:write", "keys:write", "nonsense"])));

        using var tenant = Cluster.AsTenant();
        var acme = _cluster.Grains.GetGrain<ITenantGrain>("acme");
        await acme.AddKey("first", "aa", KeyRole.Admin);
        var ends = _cluster.Clock.GetUtcNow() + TimeSpan.FromHours(1);
        await acme.CreateKey(new("short", "bb", KeyRole.User, "for a while", ["jobs:read"], ends));
        Assert.Equal(Scopes.Of(KeyRole.User, ["jobs:read"]), (await acme.Recall("short"))!.Grants);
        await acme.RotateKey("short", "next", "cc", TimeSpan.FromMinutes(10));
        _cluster.Clock.Advance(TimeSpan.FromMinutes(11));
        Assert.Null(await acme.Identify("short", "bb"));
        Assert.Equal(("for a while", ends), (await acme.GetKeys()).Where(key => key.Id == "next").Select(key =>
            (key.Name, key.Expires!.Value)).Single());
        _cluster.Clock.Advance(TimeSpan.FromMinutes(50));
        Assert.Null(await acme.Identify("next", "cc"));
    }

    [Fact]
    public async Task A_session_ends_by_itself_when_it_is_idle_and_at_the_latest_and_with_its_key()
    {
        using var tenant = Cluster.AsTenant();
        var acme = _cluster.Grains.GetGrain<ITenantGrain>("acme");
        await acme.AddKey("first", "aa", KeyRole.Admin);
        await acme.AddKey("second", "bb", KeyRole.User);
        var hash = new string('a', 64);
        await acme.OpenSession(hash, "first", TimeSpan.FromHours(5), TimeSpan.FromHours(2), "a browser");
        await _cluster.Silos.DeactivateAsync(acme);
        for (var hours = 0; hours < 4; hours++)
        {
            Assert.NotNull(await acme.UseSession(hash));
            _cluster.Clock.Advance(TimeSpan.FromHours(1));
        }
        Assert.NotNull(await acme.UseSession(hash));
        _cluster.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await acme.UseSession(hash));                           // used all the time, and over

        await acme.OpenSession(hash[1..] + "b", "first", TimeSpan.FromHours(5), TimeSpan.FromHours(2), null);
        _cluster.Clock.Advance(TimeSpan.FromHours(2));
        Assert.Null(await acme.UseSession(hash[1..] + "b"));

        await acme.OpenSession(hash[1..] + "c", "second", TimeSpan.FromHours(5), TimeSpan.FromHours(2), null);
        Assert.Equal("second", (await acme.UseSession(hash[1..] + "c"))!.KeyId);
        await acme.RevokeKey("second");
        Assert.Null(await acme.UseSession(hash[1..] + "c"));
    }

    [Fact]
    public void Every_method_of_a_tenants_grain_says_which_scope_it_needs()
    {
        var contracts = typeof(ITenantOwned).Assembly.GetTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(ITenantOwned)))
            .SelectMany(type => type.GetInterfaces().Where(one => one.IsAssignableTo(typeof(IGrainWithStringKey))
                && one != typeof(IGrainWithStringKey))).ToList();
        Assert.InRange(contracts.Count, 8, 100);
        foreach (var method in contracts.SelectMany(contract => contract.GetMethods()))
            Assert.True(method.IsDefined(typeof(NeedsAttribute), false), $"{method.DeclaringType!.Name}.{method.Name} names no scope.");
    }

    [Fact]
    public async Task A_grain_refuses_a_caller_from_outside_that_lacks_the_scope()
    {
        using (Cluster.AsTenant()) await _cluster.NewTrainingAsync("mine");
        using (TenantScope.Enter(Acme, Grants.JobsRead))
        {
            Assert.NotNull(await _cluster.Job("mine").Get());
            var refused = await Assert.ThrowsAsync<UnauthorizedAccessException>(() => _cluster.Job("mine").Cancel());
            Assert.Contains("JobsWrite", refused.Message, StringComparison.Ordinal);
        }
        // The platform's own are nobody's, whatever the role.
        using (TenantScope.Enter(Acme, Scopes.Of(KeyRole.Operator)))
            await Assert.ThrowsAsync<UnauthorizedAccessException>(() => _cluster.Job("mine").LeaseLost(1));
        using (TenantScope.Enter(Acme, Grants.JobsWrite)) Assert.True(await _cluster.Job("mine").Cancel());
    }

    /// <summary>Every method of a grain contract, called with empty arguments: a new one is covered the day it is added.</summary>
    private static IEnumerable<(string, Func<Task>)> CallsOf<T>(T grain) where T : notnull =>
        typeof(T).GetMethods().Select(method => (method.Name, (Func<Task>)(() => (Task)method.Invoke(
            grain, [.. method.GetParameters()
                .Select(p => p.ParameterType.IsValueType ? Activator.CreateInstance(p.ParameterType) : null)])!)));
}
