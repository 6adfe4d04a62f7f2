namespace ViCo.Grains.Tenants;

/// <summary>
/// Says for whom the grain calls that flow from here are made. Grains of a tenant refuse every call that comes for nobody or for another.
/// </summary>
/// <remarks>
/// The scope flows with async calls like any AsyncLocal: enter it in the method that awaits, not in an async method it awaits.
/// </remarks>
public static class TenantScope
{
    private const string Key = "vico.tenant";

    // No tenant can have this name.
    private const string System = "*system*";

    /// <summary>Calls are made for this tenant, which an authenticated principal named.</summary>
    public static IDisposable Enter(TenantId tenant) => new Scope(tenant.Value);

    /// <summary>Calls are made by the platform itself: workers, the queue, authentication.</summary>
    public static IDisposable EnterSystem() => new Scope(System);

    /// <summary>True when the current scope may call a grain of <paramref name="tenant"/>.</summary>
    internal static bool Allows(TenantId tenant) => RequestContext.Get(Key) is string caller
        && (caller == System || caller == tenant.Value);

    internal static string Describe() => RequestContext.Get(Key) is string caller ? $"'{caller}'" : "nobody";

    private sealed class Scope : IDisposable
    {
        private readonly object? _outer = RequestContext.Get(Key);

        public Scope(string caller) => RequestContext.Set(Key, caller);

        public void Dispose()
        {
            if (_outer is null) RequestContext.Remove(Key);
            else RequestContext.Set(Key, _outer);
        }
    }
}
