using Microsoft.AspNetCore.Http.HttpResults;
using ViCo.Gateway.Problems;

namespace ViCo.Gateway.Images;

/// <summary>Which samplers there are and what goes with each, so that a request that no worker can serve is refused at once.</summary>
/// <remarks>The engine's rules, which the gateway does not load; a test holds the two together, combination by combination.</remarks>
internal static class SamplerChoice
{
    private const string Ddim = "ddim", Karras = "karras";

    private static readonly string[] _samplers = [Ddim, "plms", "dpmpp-2m", "euler", "euler-a"];
    private static readonly string[] _spacings = ["ldm", "leading", "linspace", "trailing", Karras];
    private static readonly string[] _karrasSamplers = ["dpmpp-2m", "euler", "euler-a"];

    /// <summary>What is wrong with a choice, or null. The base model's own sampler is the worker's to know: what depends on the sampler wants it named.</summary>
    public static ProblemHttpResult? Refuse(string? sampler, string? spacing, double? eta) =>
        Known("sampler", sampler, _samplers)
        ?? Known("spacing", spacing, _spacings)
        ?? Bounds.Check("eta", eta, 0, 1)
        ?? (spacing == Karras && !_karrasSamplers.Contains(sampler)
            ? Problem.Field("spacing", $"Spacing '{Karras}' is for samplers {string.Join(", ", _karrasSamplers)}; {(sampler is null ? "name one of them in field 'sampler'" : $"sampler is '{sampler}'")}.")
            : null)
        ?? (eta > 0 && sampler is not (null or Ddim)
            ? Problem.Field("eta", $"Eta is {eta} with sampler '{sampler}'; only '{Ddim}' takes one.")
            : null);

    private static ProblemHttpResult? Known(string field, string? name, string[] names) =>
        name is not null && !names.Contains(name) ? Problem.Field(field, $"There is no {field} '{name}'; known: {string.Join(", ", names)}.") : null;
}
