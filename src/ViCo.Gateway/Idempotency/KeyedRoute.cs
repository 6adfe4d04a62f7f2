using System.Security.Cryptography;
using System.Text;

namespace ViCo.Gateway.Idempotency;

/// <summary>A key that came to a route of a tenant's.</summary>
internal sealed record KeyedRoute(string Tenant, string Path, string Key)
{
    /// <summary>What tells it from every other, in one text.</summary>
    public string Scope => $"{Tenant}\n{Path}\n{Key}";

    /// <summary>Where it is kept under its day.</summary>
    public string Name => $"{Tenant}/{Hash(Key)}-{Hash(Path)}.json";

    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..32];
}
