using System.Globalization;
using System.Text.Json.Serialization;

namespace ViCo.Gateway.Tenants;

/// <summary>What was deleted with a tenant, signed with a secret that lies outside the store.</summary>
/// <param name="Begun">When the operator asked for it.</param>
/// <param name="Ended">When nothing was left.</param>
/// <param name="Blobs">By the SHA-256 of what they held; their names are gone with them.</param>
/// <param name="Secret">Which line of the secret's file signed it.</param>
/// <param name="Signature">HMAC-SHA256, hex.</param>
internal sealed record TenantReceipt(
    string Tenant, DateTimeOffset Begun, DateTimeOffset Ended, int Concepts, IReadOnlyList<DeletedBlob> Blobs, string Secret = "",
    string Signature = "")
{
    /// <summary>Whether the signature holds: what is told is what was signed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] public bool? Valid { get; init; }

    /// <summary>What is signed.</summary>
    public string Words() => string.Join('\n', Tenant, Begun.ToString("O", CultureInfo.InvariantCulture),
        Ended.ToString("O", CultureInfo.InvariantCulture), Concepts.ToString(CultureInfo.InvariantCulture),
        string.Join('\n', Blobs.Select(blob => string.Create(CultureInfo.InvariantCulture, $"{blob.Digest} {blob.Bytes}"))));
}
