using Microsoft.AspNetCore.Http.Metadata;

namespace ViCo.Gateway;

internal static class SmallBodies
{
    public const long MaxBytes = 64 * 1024;

    /// <summary>A JSON body of at most 64 KiB.</summary>
    public static RouteHandlerBuilder Small(this RouteHandlerBuilder route) => route.WithMetadata(new BodyLimit(MaxBytes));
}
