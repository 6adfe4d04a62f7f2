using System.Security.Cryptography;
using System.Text;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

/// <summary>What a signed-in browser's cookie holds: where its session stands, and a secret that is made from nothing else.</summary>
internal sealed record SessionCookie(TenantId Home, string Secret)
{
    private const int SecretLength = 64;                    // hex: 256 bits

    /// <summary>By which the session is kept: reading the store gives no cookie.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(Secret)));

    public static SessionCookie New(TenantId home) => new(home, RandomNumberGenerator.GetHexString(SecretLength, lowercase: true));

    public static SessionCookie? Read(string? text) =>
        text?.Split('_') is [{ Length: >= 1 and <= 40 } home, { Length: SecretLength } secret]
        && home.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-') && secret.All(char.IsAsciiHexDigitLower)
            ? new(new(home), secret) : null;

    public string Write() => $"{Home}_{Secret}";

    /// <summary>Never the secret: records print their members.</summary>
    public override string ToString() => $"{Home}_…";
}
