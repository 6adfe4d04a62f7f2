using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ViCo.Gateway.Concepts;
using ViCo.Gateway.Fleet;
using ViCo.Gateway.Idempotency;
using ViCo.Gateway.Images;
using ViCo.Gateway.Jobs;
using ViCo.Gateway.Mcp;
using ViCo.Gateway.Models;
using ViCo.Gateway.OpenAi;
using ViCo.Gateway.Origins;
using ViCo.Gateway.Photos;
using ViCo.Gateway.Runs;
using ViCo.Gateway.Studio;
using ViCo.Gateway.Tenants;
using ViCo.Gateway.Training;
using ViCo.Gateway.Usage;
using ViCo.Gateway.Webhooks;
using ViCo.Grains.Feeds;
using ViCo.Grains.Fleet;
using ViCo.Grains.Jobs;
using ViCo.Grains.Tenants;
using ViCo.Grains.Webhooks;

namespace ViCo.Gateway;

/// <summary>How the gateway reads and writes JSON: camelCase, states as words, nothing unknown, nothing twice.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(CreateConcept))]
[JsonSerializable(typeof(ConceptResponse))]
[JsonSerializable(typeof(ConceptList))]
[JsonSerializable(typeof(ChangeConcept))]
[JsonSerializable(typeof(RunList))]
[JsonSerializable(typeof(LabelChange))]
[JsonSerializable(typeof(LossCurve))]
[JsonSerializable(typeof(ImageList))]
[JsonSerializable(typeof(UsageResponse))]
[JsonSerializable(typeof(UploadedPhotos))]
[JsonSerializable(typeof(IReadOnlyList<RejectedPhoto>))]
[JsonSerializable(typeof(TrainingSettings))]
[JsonSerializable(typeof(CheckpointList))]
[JsonSerializable(typeof(SampleRequest))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(ModelList))]
[JsonSerializable(typeof(TokensResponse))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(JobPlace))]
[JsonSerializable(typeof(JobEvent))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(TenantChange))]
[JsonSerializable(typeof(ChangePage))]
[JsonSerializable(typeof(AddWebhook))]
[JsonSerializable(typeof(ChangeWebhook))]
[JsonSerializable(typeof(NewWebhook))]
[JsonSerializable(typeof(WebhookList))]
[JsonSerializable(typeof(WebhookSecret))]
[JsonSerializable(typeof(RotateSecret))]
[JsonSerializable(typeof(DeliveryList))]
[JsonSerializable(typeof(StudioPreview))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(CreateToken))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(SignUrls))]
[JsonSerializable(typeof(SignedUrls))]
[JsonSerializable(typeof(ChangeSettings))]
[JsonSerializable(typeof(SettingsResponse))]
[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(LoginRequest))]
[JsonSerializable(typeof(SessionResponse))]
[JsonSerializable(typeof(LoginLink))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(InstallationRecord))]
[JsonSerializable(typeof(CreateKey))]
[JsonSerializable(typeof(RotateKey))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(CreateTenant))]
[JsonSerializable(typeof(CreatedTenant))]
[JsonSerializable(typeof(ChangeTenant))]
[JsonSerializable(typeof(TenantList))]
[JsonSerializable(typeof(TenantReceipt))]
[JsonSerializable(typeof(SiloList))]
[JsonSerializable(typeof(ScalingResponse))]
[JsonSerializable(typeof(StoredAnswer))]
[JsonSerializable(typeof(OptionDescriptions))]
[JsonSerializable(typeof(McpConceptList))]
[JsonSerializable(typeof(JobTicket))]
[JsonSerializable(typeof(OpenAiRequest))]
[JsonSerializable(typeof(GenerationAnswer))]
[JsonSerializable(typeof(StreamedPicture))]
[JsonSerializable(typeof(OpenAiFailure))]
[JsonSerializable(typeof(ModelCards))]
[JsonSerializable(typeof(Dictionary<string, string[]>))]
[JsonSerializable(typeof(long?))]
[JsonSerializable(typeof(double))]
[JsonSerializable(typeof(DateTimeOffset))]
internal sealed partial class GatewayJson : JsonSerializerContext
{
    public static void Apply(JsonSerializerOptions options)
    {
        options.TypeInfoResolverChain.Insert(0, Default.WithAddedModifier(PictureAddresses.Add));
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.Converters.Add(new JsonStringEnumConverter<JobState>(JsonNamingPolicy.CamelCase));
        options.Converters.Add(new JsonStringEnumConverter<ChangedThing>(JsonNamingPolicy.CamelCase));
        options.Converters.Add(new JsonStringEnumConverter<ChangeKind>(JsonNamingPolicy.CamelCase));
        options.Converters.Add(new JsonStringEnumConverter<DeliveryState>(JsonNamingPolicy.CamelCase));
        options.Converters.Add(new JsonStringEnumConverter<KeyRole>(JsonNamingPolicy.CamelCase));
        options.Converters.Add(new JsonStringEnumConverter<SiloState>(JsonNamingPolicy.CamelCase));
    }
}
