using System.Text.Json;

namespace ViCo.Text;

/// <summary>
/// What <c>tokenizer_config.json</c> (and <c>special_tokens_map.json</c>, where the former is silent) say about special tokens and length.
/// </summary>
internal sealed record TokenizerSettings(string Begin, string End, string Pad, string Unknown, int MaxLength)
{
    private const string ClipBegin = "<|startoftext|>", ClipEnd = "<|endoftext|>";
    private const int ClipLength = 77;

    public const string Config = "tokenizer_config.json", Map = "special_tokens_map.json";

    public static TokenizerSettings Read(string folder, Func<string, byte[]?> file)
    {
        using var config = Open(Config);
        using var map = Open(Map);
        var end = Token("eos_token") ?? ClipEnd;
        return new(Token("bos_token") ?? ClipBegin, end, Token("pad_token") ?? end, Token("unk_token") ?? end, Length());

        JsonDocument? Open(string name) => file(name) is { } content ? Parse(Path.Combine(folder, name), content) : null;

        string? Token(string name)
        {
            foreach (var file in new[] { config, map })
            {
                if (file is null || !file.RootElement.TryGetProperty(name, out var token))
                    continue;
                if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content))
                    token = content;
                if (token.ValueKind == JsonValueKind.String)
                    return token.GetString();
            }

            return null;
        }

        int Length()
        {
            if (config is null || !config.RootElement.TryGetProperty("model_max_length", out var length))
                return ClipLength;
            // Tokenizers without a limit say 1e30.
            if (!length.TryGetInt32(out var value) || value is < 3 or > 4096)
                throw new InvalidDataException($"Tokenizer '{folder}': model_max_length is {length.GetRawText()}; wanted 3 to 4096.");
            return value;
        }
    }

    /// <exception cref="InvalidDataException">It is no JSON; the message names <paramref name="path"/>.</exception>
    public static JsonDocument Parse(string path, byte[] content)
    {
        try
        {
            return JsonDocument.Parse(content);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not JSON: {e.Message}", e);
        }
    }
}
