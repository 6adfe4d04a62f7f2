using Microsoft.Extensions.Options;

namespace ViCo.Gateway;

[OptionsValidator]
internal sealed partial class GatewayOptionsValidator : IValidateOptions<GatewayOptions>;
