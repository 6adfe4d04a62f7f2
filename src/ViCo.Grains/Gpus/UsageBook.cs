namespace ViCo.Grains.Gpus;

/// <summary>Charges GPU-seconds to end users and their tenants, and forgets them by half every ten minutes.</summary>
internal sealed class UsageBook(DateTimeOffset begin)
{
    private static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(10);

    // Seconds used that nobody would notice.
    private const double Nothing = 0.01;

    // Long before a double is at its end.
    private const double HalvesKept = 400;

    private readonly Dictionary<string, double> _weights = [];
    private readonly HashSet<string> _suspended = [];
    private DateTimeOffset _epoch = begin;

    /// <summary>Its children are the tenants.</summary>
    public UsageShare Root { get; } = new("", null);

    /// <summary>The end user's share, or the tenant's own of what is for nobody in particular.</summary>
    public UsageShare Of(string tenant, string? user) => OfTenant(tenant).Child(user ?? "");

    /// <summary>What a second used now counts.</summary>
    public double Rate(DateTimeOffset now) => Math.Pow(2, (now - _epoch) / HalfLife);

    public static void Charge(UsageShare user, double amount)
    {
        user.Use(amount);
        user.Parent!.Use(amount);
    }

    /// <param name="weight">How much of the devices the tenant gets beside others of weight 1.</param>
    public void SetWeight(string tenant, double weight)
    {
        _weights[tenant] = weight;
        if (Root.FindChild(tenant) is { } share) share.Weight = weight;
    }

    /// <summary>A suspended tenant's work waits; what it used is remembered.</summary>
    public void Suspend(string tenant, bool suspended)
    {
        if (suspended) _suspended.Add(tenant);
        else _suspended.Remove(tenant);
        if (Root.FindChild(tenant) is { } share) share.Aside = suspended;
    }

    public bool IsSuspended(string tenant) => _suspended.Contains(tenant);

    /// <summary>Keeps numbers small and forgets who has neither work nor use.</summary>
    public void Tidy(DateTimeOffset now)
    {
        if ((now - _epoch) / HalfLife > HalvesKept)
        {
            Root.Rescale(Math.Pow(2, -HalvesKept));
            _epoch += HalfLife * HalvesKept;
        }
        foreach (var tenant in Root.Children.ToList())
        {
            foreach (var user in tenant.Children.Where(u => u.IsIdle && u.Used / Rate(now) < Nothing).ToList()) tenant.Forget(user);
            if (tenant.IsIdle && !tenant.Children.Any() && tenant.Used / Rate(now) < Nothing) Root.Forget(tenant);
        }
    }

    /// <summary>What is worth remembering over a restart.</summary>
    public StoredUsage ToStore(DateTimeOffset now)
    {
        var rate = Rate(now);
        return new(now, [.. Root.Children.Select(t => new StoredShare(t.Name, t.Used / rate, _weights.GetValueOrDefault(t.Name, 1),
            t.Children.Where(u => u.Used / rate >= Nothing).ToDictionary(u => u.Name, u => u.Used / rate)))]);
    }

    /// <param name="age">How long ago it was stored.</param>
    public void Recall(StoredUsage stored, TimeSpan age, DateTimeOffset now)
    {
        var rate = Rate(now) * Math.Pow(2, -(age / HalfLife));
        foreach (var tenant in stored.Tenants)
        {
            if (tenant.Weight != 1) SetWeight(tenant.Tenant, tenant.Weight);
            var share = OfTenant(tenant.Tenant);
            share.Use(tenant.Seconds * rate);
            foreach (var (user, seconds) in tenant.Users) share.Child(user).Use(seconds * rate);
        }
    }

    private UsageShare OfTenant(string tenant)
    {
        if (Root.FindChild(tenant) is { } known) return known;
        var share = Root.Child(tenant);
        if (_weights.TryGetValue(tenant, out var weight)) share.Weight = weight;
        share.Aside = _suspended.Contains(tenant);
        return share;
    }
}
