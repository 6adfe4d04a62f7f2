using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Mcp;

/// <summary>The Model Context Protocol at <c>/mcp</c>: streamable HTTP without sessions, so any gateway answers any call.</summary>
internal static class McpApi
{
    public const string Root = "/mcp";

    private const string Instructions =
        "ViCo learns an object from a handful of photos and draws it in new places. Create a concept with 4 to 7 photos, train it, "
            + "then draw: "
        + "in a prompt * stands for the object. train and draw answer at once with a ticket; call wait with it, again and again if "
            + "need be. "
        + "A picture stays where its ticket says, whatever becomes of a call.";

    public static void AddViCoMcp(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<SentPhotos>();
        services.AddMcpServer(server =>
        {
            server.ServerInfo = new Implementation
            {
                Name = "vico",
                Title = "ViCo",
                Version = typeof(McpApi).Assembly.GetName().Version!.ToString(3),
            };
            server.ServerInstructions = Instructions;
        }).WithHttpTransport(http => http.Stateless = true).WithRequestFilters(filters => filters.AddCallToolFilter(ToolAccess.Guard))
            .WithTools<ConceptTools>().WithTools<JobTools>();
    }

    /// <summary>Maps the protocol's endpoint; photos come in JSON, four characters for three bytes.</summary>
    public static void MapMcpServer(this IEndpointRouteBuilder routes)
    {
        var limit = routes.ServiceProvider.GetRequiredService<IOptions<GatewayOptions>>().Value.MaxUploadBytes;
        routes.MapMcp(Root)
            .Needs(Grants.AnyWork).WithMetadata(new RepeatsItself(), new BodyLimit((limit * 4 / 3) + (64 * 1024))).ExcludeFromDescription();
    }
}
