using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using ViCo.Gateway.Jobs;

namespace ViCo.Gateway.Http;

/// <summary>Gives every JSON answer to GET an ETag, so that whoever asks again for what has not changed gets 304 and no body.</summary>
internal sealed class JsonETags(IOptions<JsonOptions> json, WrittenJobs jobs) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var answer = await next(context);
        var method = context.HttpContext.Request.Method;
        var result = answer is INestedHttpResult nested ? nested.Result : answer;
        if ((!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
            || result is not IStatusCodeHttpResult { StatusCode: StatusCodes.Status200OK }
            || result is not IValueHttpResult { Value: { } value }) return answer;
        var options = json.Value.SerializerOptions;
        return new TaggedJson(value is JobList list ? jobs.Write(list, options)
            : JsonSerializer.SerializeToUtf8Bytes(value, options.GetTypeInfo(value.GetType())));
    }

    private sealed class TaggedJson(byte[] content) : IResult
    {
        public async Task ExecuteAsync(HttpContext context)
        {
            // Weak: the same answer may travel compressed.
            var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..32]}\"", isWeak: true);
            context.Response.Headers.ETag = tag.ToString();
            if (Matches(context.Request, tag))
            {
                context.Response.StatusCode = StatusCodes.Status304NotModified;
                return;
            }
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    /// <summary>Whether If-None-Match names the tag, or anything.</summary>
    public static bool Matches(HttpRequest request, EntityTagHeaderValue tag) =>
        request.Headers.IfNoneMatch.Count > 0
        && EntityTagHeaderValue.TryParseList([.. request.Headers.IfNoneMatch.OfType<string>()], out var tags)
        && tags.Any(other => other.Equals(EntityTagHeaderValue.Any) || other.Compare(tag, useStrongComparison: false));
}
