using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ViCo.Grains.Webhooks;

/// <summary>Signs messages as Standard Webhooks 1.0.0 says: HMAC-SHA-256 over id, time and body.</summary>
internal static class WebhookSignature
{
    private const string Prefix = "whsec_";

    public static string NewSecret() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(24));

    /// <returns>The value of header <c>webhook-signature</c>: one signature for each secret.</returns>
    public static string Of(IReadOnlyList<string> secrets, string id, DateTimeOffset time, string body)
    {
        var signed = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{time.ToUnixTimeSeconds()}.{body}"));
        return string.Join(' ', secrets.Select(secret =>
            $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(secret[Prefix.Length..]), signed))}"));
    }
}
