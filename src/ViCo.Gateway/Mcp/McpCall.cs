using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Tenants;

namespace ViCo.Gateway.Mcp;

/// <summary>The request that a tool's call came with: whose it is, and where it arrived.</summary>
internal sealed record McpCall(CurrentTenant Tenant, HostString Here)
{
    public static McpCall Of(IHttpContextAccessor accessor, IGrainFactory grains)
    {
        var context = accessor.HttpContext ?? throw new InvalidOperationException("A tool was called outside a request.");
        return new(CurrentTenant.Of(context.User, grains), context.Request.Host);
    }

    /// <summary>The id of what a tool makes: the same for the same key, so that a call that is repeated makes nothing twice.</summary>
    public CommandId Command(string tool, string? key) =>
        string.IsNullOrEmpty(key) ? CommandId.New() : CommandId.Derived($"{Tenant.Id}\n{McpApi.Root}/{tool}\n{key}");
}
