using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ViCo.Gateway.Problems;
using ViCo.Gateway.Tenants;
using ViCo.Grains.Storage;

namespace ViCo.Gateway.Idempotency;

/// <summary>
/// <c>Idempotency-Key</c> on POSTs: the first answer is stored and replayed. Between the work and the store lies a crash's width;
/// there the derived <see cref="CommandId"/> makes the repeat find what the first call made.
/// </summary>
internal sealed class IdempotencyKeys(IBlobStore blobs) : IMiddleware
{
    public const string Header = "Idempotency-Key", Replayed = "Idempotency-Replayed";

    private const int MaxKeyLength = 128, MaxComparedBody = 1024 * 1024;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!HttpMethods.IsPost(context.Request.Method)
            || context.GetEndpoint()?.Metadata.GetMetadata<SecretAnswer>() is not null
            || context.Request.Headers[Header] is not [{ } key, ..]
            || context.User.FindFirstValue(GatewayClaims.Tenant) is not { } tenant)
        {
            await next(context);
            return;
        }
        if (key.Length is 0 or > MaxKeyLength || !key.All(c => c is > ' ' and <= '~'))
        {
            await Problem.Of(400, "invalid_idempotency_key",
                $"{Header} has {key.Length} characters; wanted: 1 to {MaxKeyLength} visible ASCII characters.").ExecuteAsync(context);
            return;
        }

        var scope = $"{tenant}\n{context.Request.Path}\n{key}";
        if (context.GetEndpoint()?.Metadata.GetMetadata<RepeatsItself>() is not null)
        {
            context.Features.Set(new IdempotentCall(CommandId.Derived(scope)));
            await next(context);
            return;
        }
        var name = $"tenants/{tenant}/answers/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(scope)))}.json";
        var body = await FingerprintAsync(context);
        if (await blobs.ReadAsync(name, context.RequestAborted) is { } blob)
        {
            await ReplayAsync(context, JsonSerializer.Deserialize(blob.Content.Span, GatewayJson.Default.StoredAnswer)!, body);
            return;
        }

        context.Features.Set(new IdempotentCall(CommandId.Derived(scope)));
        await RecordAsync(context, next, name, body);
    }

    /// <summary>Runs the handler against a buffer, stores a success, then sends it. Refusals are not stored: the caller may mend and repeat.</summary>
    private async Task RecordAsync(HttpContext context, RequestDelegate next, string name, string fingerprint)
    {
        var wire = context.Response.Body;
        using var buffer = new MemoryStream();
        context.Response.Body = buffer;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = wire;
        }
        if (context.Response.StatusCode is >= 200 and < 300)
        {
            var answer = new StoredAnswer(
                fingerprint, context.Response.StatusCode, context.Response.ContentType, context.Response.Headers.Location, buffer.ToArray());
            var json = JsonSerializer.SerializeToUtf8Bytes(answer, GatewayJson.Default.StoredAnswer);
            await blobs.WriteAsync(name, json, cancellationToken: CancellationToken.None);
        }
        buffer.Position = 0;
        await buffer.CopyToAsync(wire, context.RequestAborted);
    }

    private static async Task ReplayAsync(HttpContext context, StoredAnswer answer, string fingerprint)
    {
        if (answer.Fingerprint != fingerprint)
        {
            await Problem.Of(422, "idempotency_key_reused", $"This {Header} came before with another body; use a new key for a new request.")
                .ExecuteAsync(context);
            return;
        }
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        if (answer.Location is not null) context.Response.Headers.Location = answer.Location;
        context.Response.Headers[Replayed] = "true";
        await context.Response.Body.WriteAsync(answer.Body, context.RequestAborted);
    }

    /// <summary>Tells one JSON body from another, and an upload for one object from one for another.</summary>
    /// <remarks>Else uploads count as equal: their parts' boundary differs from try to try, and their photos go by content anyway.</remarks>
    private static async Task<string> FingerprintAsync(HttpContext context)
    {
        var request = context.Request;
        if (!request.HasJsonContentType() || request.ContentLength is > MaxComparedBody) return request.QueryString.Value ?? "";
        request.EnableBuffering(MaxComparedBody, MaxComparedBody + 1);
        var hash = await SHA256.HashDataAsync(request.Body, context.RequestAborted);
        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash);
    }
}

internal sealed record StoredAnswer(string Fingerprint, int Status, string? ContentType, string? Location, byte[] Body);
