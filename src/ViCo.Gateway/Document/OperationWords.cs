using System.Reflection;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using ViCo.Grains.Tenants;

namespace ViCo.Gateway;

/// <summary>What an operation is called and what it does, in short and in full.</summary>
internal static class OperationWords
{
    public static Task DescribeAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context,
        CancellationToken cancellationToken)
    {
        operation.OperationId ??= IdOf(context);
        var words = operation.Summary ?? "";
        operation.Description ??= words;
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<NeedsAttribute>().LastOrDefault() is { } needs)
            operation.Description += $" Scope: {string.Join(" or ", Scopes.NamesOf(needs.Grants).Select(name => $"`{name}`"))}.";
        var end = words.IndexOfAny(['.', ':', ';']);
        operation.Summary = end > 0 ? words[..end] : words;
        return Task.CompletedTask;
    }

    /// <summary>Its handler's: <c>conceptsCreate</c> is <c>ConceptsApi.Create</c>. A route that is added renames no other.</summary>
    private static string? IdOf(OpenApiOperationTransformerContext context)
    {
        if (context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>()
            .FirstOrDefault() is not { DeclaringType.Name: var type } handler) return null;
        var name = $"{(type.EndsWith("Api", StringComparison.Ordinal) ? type[..^3] : type)}{handler.Name}";
        return char.ToLowerInvariant(name[0]) + name[1..];
    }
}
