using System.Collections.Frozen;
using System.Reflection;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway.Mcp;

/// <summary>Calls of a tool go to whoever has the scope that it names; one that names none is nobody's.</summary>
internal static class ToolAccess
{
    /// <summary>What each tool wants of its caller, by the tool's name.</summary>
    public static readonly FrozenDictionary<string, NeedsAttribute?> Needed =
        new[] { typeof(ConceptTools), typeof(JobTools) }.SelectMany(type => type.GetMethods())
            .Where(method => method.IsDefined(typeof(McpServerToolAttribute)))
            .ToFrozenDictionary(
                method => method.GetCustomAttribute<McpServerToolAttribute>()!.Name!,
                method => method.GetCustomAttribute<NeedsAttribute>());

    public static McpRequestHandler<CallToolRequestParams, CallToolResult> Guard(
        McpRequestHandler<CallToolRequestParams, CallToolResult> next) => (request, cancellationToken) =>
    {
        var needs = request.Params is { } call ? Needed.GetValueOrDefault(call.Name) : null;
        return request.User is { } user && needs?.IsMetBy(GatewayClaims.GrantsOf(user)) == true
            ? next(request, cancellationToken)
            : ValueTask.FromResult(McpAnswer.Refusal("forbidden",
                $"This key may not do that; wanted: the scope {string.Join(" or ", Scopes.NamesOf(needs?.Grants ?? Grants.None))}."));
    };
}
