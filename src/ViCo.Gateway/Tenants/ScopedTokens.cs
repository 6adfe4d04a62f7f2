using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace ViCo.Gateway.Tenants;

/// <summary>
/// Makes and reads short-lived tokens. None is stored: the keys that protect cookies protect them, too, and all gateways share those.
/// </summary>
internal sealed class ScopedTokens(IDataProtectionProvider protection, TimeProvider clock)
{
    /// <summary>What a token begins with: no key does.</summary>
    public const string Prefix = "vicot_";

    public const int MinSeconds = 10, MaxSeconds = 24 * 60 * 60;

    private readonly IDataProtector _protector = protection.CreateProtector("ViCo.ScopedTokens.v2");

    public DateTimeOffset ExpiryOf(int seconds) => DateTimeOffset.FromUnixTimeSeconds(clock.GetUtcNow().ToUnixTimeSeconds() + seconds);

    public string Create(Credential credential, TokenScope scope, DateTimeOffset expires) =>
        Prefix + WebEncoders.Base64UrlEncode(
            _protector.Protect(Encoding.UTF8.GetBytes(new ScopedToken(credential, scope, expires).Write())));

    /// <summary>What the token stands for, or null: made up, changed or expired.</summary>
    public ScopedToken? Read(string text)
    {
        if (!text.StartsWith(Prefix, StringComparison.Ordinal) || text.Length > 2000) return null;
        try
        {
            var token = ScopedToken.Read(Encoding.UTF8.GetString(_protector.Unprotect(WebEncoders.Base64UrlDecode(text[Prefix.Length..]))));
            return token?.Expires > clock.GetUtcNow() ? token : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }
}
