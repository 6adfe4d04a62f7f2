using Microsoft.Extensions.Options;

namespace ViCo.Grains.Webhooks;

[OptionsValidator]
internal sealed partial class WebhookOptionsValidator : IValidateOptions<WebhookOptions>;
