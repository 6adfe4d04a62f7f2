using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Origins;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway.Mcp;

/// <summary>
/// A page of another origin may not speak the protocol with whatever a browser holds: what names its origin must come from
/// here, or from one that the tenant allows.
/// </summary>
/// <remarks>The specification's guard against DNS rebinding; programs send no <c>Origin</c>.</remarks>
internal static class McpOrigin
{
    public static void UseMcpOrigin(this IApplicationBuilder app) => app.UseWhen(
        context => context.Request.Path.StartsWithSegments(McpApi.Root),
        mcp => mcp.Use(async (context, next) =>
        {
            var origin = context.Request.Headers[HeaderNames.Origin].ToString();
            if (origin.Length == 0 || (Uri.TryCreate(origin, UriKind.Absolute, out var from)
                && string.Equals(from.Authority, context.Request.Host.Value, StringComparison.OrdinalIgnoreCase))
                || await Allowed(context).AllowsAsync(origin, GatewayClaims.CredentialOf(context.User)?.Home))
            {
                await next(context);
                return;
            }
            await Problem.Of(StatusCodes.Status403Forbidden, "foreign_origin",
                $"The request comes from '{origin}'; wanted: {context.Request.Host}.")
                .ExecuteAsync(context);
        }));

    private static AllowedOrigins Allowed(HttpContext context) => context.RequestServices.GetRequiredService<AllowedOrigins>();
}
