namespace ViCo.Grains.Tenants;

/// <summary>
/// Says for whom the grain calls that flow from here are made. Grains of a tenant refuse every call that comes for nobody or for another.
/// </summary>
/// <remarks>
/// The scope flows with async calls like any AsyncLocal: enter it in the method that awaits, not in an async method it awaits.
/// </remarks>
public static class TenantScope
{
    private const string Key = "vico.tenant", GrantsKey = "vico.grants";

    // No tenant can have this name.
    private const string System = "*system*";

    private const long Everything = -1;

    /// <summary>Calls are made for this tenant, which an authenticated principal named, by somebody with these grants.</summary>
    public static IDisposable Enter(TenantId tenant, Grants grants) => new Scope(tenant.Value, (long)grants);

    /// <summary>Calls are made for this tenant by the platform itself.</summary>
    public static IDisposable Enter(TenantId tenant) => new Scope(tenant.Value, Everything);

    /// <summary>Calls are made by the platform itself: workers, the queue, authentication.</summary>
    public static IDisposable EnterSystem() => new Scope(System, Everything);

    /// <summary>True when the current scope may call a grain of <paramref name="tenant"/>.</summary>
    internal static bool Allows(TenantId tenant) => RequestContext.Get(Key) is string caller
        && (caller == System || caller == tenant.Value);

    /// <summary>True when the current scope has what a method needs.</summary>
    internal static bool Meets(NeedsAttribute? needs) => RequestContext.Get(GrantsKey) is long grants
        && (grants == Everything || needs?.IsMetBy((Grants)grants) == true);

    internal static string Describe() => RequestContext.Get(Key) is string caller ? $"'{caller}'" : "nobody";

    private sealed class Scope : IDisposable
    {
        private readonly object? _outer = RequestContext.Get(Key), _outerGrants = RequestContext.Get(GrantsKey);

        public Scope(string caller, long grants)
        {
            // Each change copies the context: who asks many grains for one caller changes it once.
            if (!Equals(_outer, caller)) RequestContext.Set(Key, caller);
            if (!Equals(_outerGrants, grants)) RequestContext.Set(GrantsKey, grants);
        }

        public void Dispose()
        {
            Restore(Key, _outer);
            Restore(GrantsKey, _outerGrants);
        }

        private static void Restore(string key, object? value)
        {
            if (value is null) RequestContext.Remove(key);
            else RequestContext.Set(key, value);
        }
    }
}
