using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.HttpResults;
using ModelContextProtocol.Protocol;

namespace ViCo.Gateway.Mcp;

/// <summary>What a tool answers: JSON as text and as structured content, pictures as image content, a problem as a tool's error.</summary>
internal static class McpAnswer
{
    public static CallToolResult Of<T>(T value, JsonTypeInfo<T> type, params IEnumerable<ContentBlock> more)
    {
        var json = JsonSerializer.SerializeToElement(value, type);
        return new() { StructuredContent = json, Content = [new TextContentBlock { Text = json.GetRawText() }, .. more] };
    }

    public static CallToolResult Refusal(ProblemHttpResult problem) =>
        Refusal(problem.ProblemDetails.Extensions.TryGetValue("code", out var code) ? $"{code}"
            : "error", problem.ProblemDetails.Detail ?? "");

    public static CallToolResult Refusal(string code, string detail) =>
        new() { IsError = true, Content = [new TextContentBlock { Text = $"{code}: {detail}" }] };
}
