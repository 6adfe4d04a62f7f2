using Microsoft.Extensions.Options;

namespace ViCo.Grains.Storage;

internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        bool folder = !string.IsNullOrWhiteSpace(options.Folder), azure = !string.IsNullOrWhiteSpace(options.AzureConnection);
        if (folder == azure)
        {
            return ValidateOptionsResult.Fail(
                $"{StorageOptions.Section} has {(folder ? "both Folder and" : "neither Folder nor")} AzureConnection; set exactly one "
                + "(environment: ViCo__Storage__Folder=/data/vico or ViCo__Storage__AzureConnection=…).");
        }
        if (azure && (options.Container.Length is < 3
            or > 63 || options.Container.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-')))
            return ValidateOptionsResult.Fail(
                $"{StorageOptions.Section}:Container is '{options.Container}'; wanted 3 to 63 characters of a-z, 0-9 and '-'.");
        return ValidateOptionsResult.Success;
    }
}
