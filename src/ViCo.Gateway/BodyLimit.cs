using Microsoft.AspNetCore.Http.Metadata;

namespace ViCo.Gateway;

/// <summary>The largest request body of a route, in bytes.</summary>
internal sealed record BodyLimit(long? MaxRequestBodySize) : IRequestSizeLimitMetadata;
