namespace ViCo.Gateway.OpenAi;

/// <summary>The body of an answer that went wrong.</summary>
internal sealed record OpenAiFailure(OpenAiError Error);
