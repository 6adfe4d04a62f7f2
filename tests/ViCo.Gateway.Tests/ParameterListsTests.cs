using System.CodeDom.Compiler;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;

namespace ViCo.Gateway.Tests;

/// <summary>No function takes more than five things: what belongs together is a record that says what it is.</summary>
/// <remarks>
/// Of the programs; the published client's calls are its callers' to read. By rule, not by name, two kinds may take more: a record's own
/// constructor, for a record is the list of its parts; and what a request is bound to, handlers of routes and tools of the MCP server, for
/// their parameters are the request's.
/// </remarks>
public sealed class ParameterListsTests(GatewayHost host)
{
    private const int Most = 5;

    private const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly string[] Programs =
    [
        "ViCo.Benchmarks", "ViCo.Engine", "ViCo.Gateway", "ViCo.Grains", "ViCo.Hub", "ViCo.Options", "ViCo.Pictures", "ViCo.Silo",
        "ViCo.Text", "vico",
    ];

    [Fact]
    public void No_function_takes_more_than_five_parameters()
    {
        var handlers = host.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .SelectMany(endpoint => endpoint.Metadata.OfType<MethodInfo>()).ToHashSet();
        Assert.Contains(handlers, handler => handler.GetParameters().Length > Most);              // or the rule would be for nobody

        var types = Programs.SelectMany(name => Assembly.Load(name).GetTypes()).Where(type => !IsGenerated(type)).ToList();
        var functions = types.SelectMany(type => type.GetMethods(Declared).Cast<MethodBase>().Concat(type.GetConstructors(Declared)))
            .Where(function => !IsGenerated(function) && function.Name != nameof(Action.BeginInvoke)).ToList();
        Assert.True(functions.Count > 2000, $"{functions.Count} functions were found.");

        Assert.Empty(functions
            .Where(function => function.GetParameters().Length > Most && !IsOfRecord(function) && !IsTool(function)
                && !handlers.Contains(function))
            .Select(function => $"{function.DeclaringType!.FullName}.{function.Name} takes {function.GetParameters().Length}"));
    }

    /// <summary>A record lists its parts in its constructor, and takes itself apart into them.</summary>
    private static bool IsOfRecord(MethodBase function) =>
        (function.IsConstructor || function.Name == "Deconstruct")
        && function.DeclaringType!.GetMethod("PrintMembers", Declared)?.IsDefined(typeof(CompilerGeneratedAttribute)) == true;

    private static bool IsTool(MethodBase function) => function.IsDefined(typeof(McpServerToolAttribute));

    private static bool IsGenerated(MemberInfo member) =>
        member.Name.Contains('<', StringComparison.Ordinal) || member.IsDefined(typeof(CompilerGeneratedAttribute))
        || member.IsDefined(typeof(GeneratedCodeAttribute)) || (member.DeclaringType is { } outer && IsGenerated(outer));
}
