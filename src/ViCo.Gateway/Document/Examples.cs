using System.Text.Json.Nodes;

namespace ViCo.Gateway;

/// <summary>Bodies of requests as one would send them, by operation.</summary>
internal static class Examples
{
    public static JsonNode? Of(string operation) => operation switch
    {
        "loginByKey" => JsonNode.Parse("""{"key":"vico_default_0123456789ab_…"}"""),
        "conceptsCreate" => JsonNode.Parse(
            """{"name":"My teapot","initWord":"teapot","user":"ann","tags":["kitchen"],"metadata":{"shelf":"3"}}"""),
        "conceptsChange" => JsonNode.Parse("""{"name":"Red teapot","pinned":true}"""),
        "trainingTrain" => JsonNode.Parse("""{"steps":400,"user":"ann"}"""),
        "trainingExtend" => JsonNode.Parse("""{"steps":800}"""),
        "trainingBranch" => JsonNode.Parse("""{"steps":600}"""),
        "runsChange" or "runsChangeCheckpoint" => JsonNode.Parse("""{"label":"best"}"""),
        "imagesSample" => JsonNode.Parse(
            """{"concept":"0123456789abcdef01234567","prompt":"a photo of a * on the beach","count":2,"seed":42}"""),
        "tokensCreate" => JsonNode.Parse("""{"job":"0123456789abcdef01234567","ttl":600}"""),
        "tokensSign" => JsonNode.Parse("""{"paths":["/images/0123456789abcdef01234567-0?w=256"],"ttl":600}"""),
        "settingsChange" => JsonNode.Parse("""{"allowedOrigins":["https://app.example.org"]}"""),
        "keysCreate" => JsonNode.Parse("""{"name":"shop","role":"user","scopes":["images:write"]}"""),
        "keysRotate" or "operatorKeysRotate" => JsonNode.Parse("""{"overlap":3600}"""),
        "operatorKeysCreate" => JsonNode.Parse("""{"name":"on call"}"""),
        "tenantsCreate" => JsonNode.Parse("""{"id":"acme","name":"Acme"}"""),
        "tenantsChange" => JsonNode.Parse("""{"suspended":true}"""),
        _ => null,
    };
}
