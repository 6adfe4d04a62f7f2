using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// An API key in clear: <c>vico_&lt;tenant&gt;_&lt;key id&gt;_&lt;secret&gt;</c>. Shown once; the tenant grain keeps the hash.
/// </summary>
internal sealed record ApiKey(TenantId Tenant, string KeyId, string Secret)
{
    private const int KeyIdLength = 12, SecretLength = 64;          // hex: 48 and 256 bits

    public string SecretHash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret)));

    /// <summary>What may be shown of it.</summary>
    public string Prefix => $"vico_{Tenant}_{KeyId}";

    public static ApiKey New(TenantId tenant) =>
        new(tenant, RandomNumberGenerator.GetHexString(KeyIdLength, lowercase: true),
            RandomNumberGenerator.GetHexString(SecretLength, lowercase: true));

    public static bool TryParse(string? text, [NotNullWhen(true)] out ApiKey? key)
    {
        key = null;
        if (text is null || text.Length > 200) return false;
        var parts = text.Split('_');
        if (parts is not ["vico", { Length: >= 1 and <= 40 } tenant, { Length: KeyIdLength } keyId, { Length: SecretLength } secret]
            || !tenant.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-')
            || !keyId.All(char.IsAsciiHexDigitLower) || !secret.All(char.IsAsciiHexDigitLower)) return false;
        key = new(new(tenant), keyId, secret);
        return true;
    }

    public string InClear() => $"{Prefix}_{Secret}";

    /// <summary>Never the secret: records print their members, and keys must not reach a log.</summary>
    public override string ToString() => $"{Prefix}_…";
}
