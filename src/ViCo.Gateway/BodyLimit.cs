using Microsoft.AspNetCore.Http.Metadata;

namespace ViCo.Gateway;

/// <summary>The largest request body of a route, in bytes.</summary>
internal sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;

internal static class SmallBodies
{
    public const long MaxBytes = 64 * 1024;

    /// <summary>A JSON body of at most 64 KiB.</summary>
    public static RouteHandlerBuilder Small(this RouteHandlerBuilder route) => route.WithMetadata(new BodyLimit(MaxBytes));
}
