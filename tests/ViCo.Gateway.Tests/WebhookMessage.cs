using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace ViCo.Gateway.Tests;

/// <summary>What came to a <see cref="WebhookReceiver"/>.</summary>
/// <param name="Status">What it was answered with.</param>
internal sealed record WebhookMessage(string Path, string Id, string Time, string Signature, string Text, int Status)
{
    public JsonNode Body { get; } = JsonNode.Parse(Text)!;

    /// <summary>Whether one of its signatures is of this secret.</summary>
    public bool IsSignedWith(string secret) => Signature.Split(' ').Contains("v1," + Convert.ToBase64String(HMACSHA256.HashData(
        Convert.FromBase64String(secret["whsec_".Length..]), Encoding.UTF8.GetBytes($"{Id}.{Time}.{Text}"))));
}
