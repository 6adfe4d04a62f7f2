using Microsoft.Extensions.Options;

namespace ViCo.Grains.Quotas;

[OptionsValidator]
internal sealed partial class QuotaOptionsValidator : IValidateOptions<QuotaOptions>;
