using Microsoft.AspNetCore.Http.Features;
using ViCo.Gateway.Problems;

namespace ViCo.Gateway.Http;

/// <summary>How large an address and header fields may be.</summary>
/// <remarks>Kestrel takes a few times as much: where it refuses by itself, it says nothing but a status.</remarks>
internal static class HeaderLimits
{
    private const int MaxAddress = 8 * 1024, MaxFields = 100, MaxBytes = 32 * 1024, Kestrels = 4;

    public static void AddHeaderLimits(this WebApplicationBuilder builder) => builder.WebHost.ConfigureKestrel(server =>
    {
        server.Limits.MaxRequestLineSize = Kestrels * MaxAddress;
        server.Limits.MaxRequestHeaderCount = Kestrels * MaxFields;
        server.Limits.MaxRequestHeadersTotalSize = Kestrels * MaxBytes;
    });

    public static void UseHeaderLimits(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        var address = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Length;
        if (address > MaxAddress)
            return Problem.Of(414, "uri_too_long", $"The address has {address} characters; wanted: at most {MaxAddress}.")
                .ExecuteAsync(context);
        var bytes = 0;
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values) bytes += name.Length + (value?.Length ?? 0);
        }
        return request.Headers.Count > MaxFields || bytes > MaxBytes
            ? Problem.Of(431, "headers_too_large",
                $"{request.Headers.Count} header fields of {bytes} bytes came; wanted: at most {MaxFields} of {MaxBytes} bytes.")
                    .ExecuteAsync(context)
            : next(context);
    });
}
