using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Tenants;

internal static class AccessRoutes
{
    /// <summary>The scope that the route wants of its caller; with several, one of them does.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder route, Grants grants) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new NeedsAttribute(grants));
}
