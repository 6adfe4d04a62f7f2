namespace ViCo.Gateway.Tenants;

/// <param name="Paths">Addresses of pictures, photos and previews, as the API tells them; <c>?w=</c> may be added.</param>
/// <param name="Ttl">Seconds that they hold: 10 to 86400; default 3600.</param>
internal sealed record SignUrls(IReadOnlyList<string> Paths, int? Ttl = null);
