using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ViCo.Grains.Webhooks;

/// <summary>Signs messages as Standard Webhooks 1.0.0 says: HMAC-SHA-256 over id, time and body.</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));

    /// <returns>The value of header <c>webhook-signature</c>.</returns>
    public static string Of(string secret, string id, DateTimeOffset time, string body)
    {
        var signed = string.Create(CultureInfo.InvariantCulture, $"{id}.{time.ToUnixTimeSeconds()}.{body}");
        var key = Convert.FromBase64String(secret[Prefix.Length..]);
        return $"v1,{Convert.ToBase64String(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(signed)))}";
    }
}
