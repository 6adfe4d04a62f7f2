using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Tenants;

/// <summary>Links that log one browser in, once.</summary>
/// <remarks>Kept by the hash of their token, with the id of the key they stand for: reading the store opens nothing.</remarks>
internal sealed class LoginLinks(IBlobStore blobs, TimeProvider clock, IOptions<GatewayOptions> options)
{
    public async Task<string> CreateAsync(Credential credential, CancellationToken cancellationToken)
    {
        var token = RandomNumberGenerator.GetHexString(64, lowercase: true);
        var link = new LoginLink(credential.Home.Value, credential.Id, clock.GetUtcNow() + options.Value.LoginLink);
        var json = JsonSerializer.SerializeToUtf8Bytes(link, GatewayJson.Default.LoginLink);
        await blobs.WriteAsync(BlobName(token), json, cancellationToken: cancellationToken);
        return $"/login/{token}";
    }

    /// <summary>The key that the link stands for, or null: unknown, spent or too old. Of two callers at once, one gets it.</summary>
    public async Task<Credential?> SpendAsync(string token, CancellationToken cancellationToken)
    {
        if (token.Length != 64 || !token.All(char.IsAsciiHexDigitLower)) return null;
        var name = BlobName(token);
        if (await blobs.ReadAsync(name, cancellationToken) is not { } blob) return null;
        try
        {
            if (!await blobs.DeleteAsync(name, BlobCondition.Matches(blob.ETag), cancellationToken)) return null;
        }
        catch (BlobConflictException)
        {
            return null;
        }
        var link = JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.LoginLink)!;
        return link.Expires > clock.GetUtcNow() ? new(new(link.Tenant), link.KeyId) : null;
    }

    private static string BlobName(string token) =>
        $"gateway/login-links/{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)))}";
}
