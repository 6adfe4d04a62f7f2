namespace ViCo.Grains.Tenants;

/// <summary>
/// Says for whom the grain calls that flow from here are made. Grains of a tenant refuse every call that comes for nobody or for another.
/// </summary>
/// <remarks>
/// The scope flows with async calls like any AsyncLocal: enter it in the method that awaits, not in an async method it awaits.
/// </remarks>
public static class TenantScope
{
    private const string Key = "vico.scope";

    // No tenant can have this name.
    private const string System = "*system*";

    private const long Everything = -1;

    /// <summary>Calls are made for this tenant, which an authenticated principal named, by somebody with these grants.</summary>
    public static IDisposable Enter(TenantId tenant, Grants grants) => new Scope(new(tenant.Value, (long)grants));

    /// <summary>Calls are made for this tenant by the platform itself.</summary>
    public static IDisposable Enter(TenantId tenant) => new Scope(new(tenant.Value, Everything));

    /// <summary>Calls are made by the platform itself: workers, the queue, authentication.</summary>
    public static IDisposable EnterSystem() => new Scope(new(System, Everything));

    /// <summary>True when the current scope may call a grain of <paramref name="tenant"/>.</summary>
    internal static bool Allows(TenantId tenant) => Current is { } scope && (scope.Caller == System || scope.Caller == tenant.Value);

    /// <summary>True when the current scope has what a method needs.</summary>
    internal static bool Meets(NeedsAttribute? needs) => Current is { } scope
        && (scope.Grants == Everything || needs?.IsMetBy((Grants)scope.Grants) == true);

    internal static string Describe() => Current is { } scope ? $"'{scope.Caller}'" : "nobody";

    private static CallScope? Current => RequestContext.Get(Key) as CallScope;

    private sealed class Scope : IDisposable
    {
        private readonly CallScope? _outer = Current;

        public Scope(CallScope scope)
        {
            // Each change copies the context: who asks many grains for one caller changes it once.
            if (_outer != scope) RequestContext.Set(Key, scope);
        }

        public void Dispose()
        {
            if (_outer is null) RequestContext.Remove(Key);
            else RequestContext.Set(Key, _outer);
        }
    }
}

/// <summary>For whom a call is made, as it travels with it: one value, for each is copied at every call.</summary>
/// <param name="Caller">The tenant, or the platform itself.</param>
/// <param name="Grants">What the caller may.</param>
[GenerateSerializer, Immutable, Alias("vico.call-scope")]
internal sealed record CallScope([property: Id(0)] string Caller, [property: Id(1)] long Grants);
