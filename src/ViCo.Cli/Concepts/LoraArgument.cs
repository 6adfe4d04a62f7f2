using System.Globalization;
using ViCo.Cli.CommandLine;
using ViCo.Engine;
using ViCo.Engine.Methods;

namespace ViCo.Cli.Concepts;

/// <summary>Low-rank pairs as a command line names them: <c>FILE[:WEIGHT]</c>, or a folder that <c>vico train</c> made.</summary>
internal static class LoraArgument
{
    /// <param name="model">The base model that files of other programs are taken to belong to.</param>
    /// <exception cref="UsageException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is no concept, or does not fit beside the model.</exception>
    public static LoraUse Read(string text, string model)
    {
        var (path, weight) = Parts(text);
        if (Directory.Exists(path)) return new(ConceptFolder.Open(path).FindCheckpoint(null).File, weight);
        if (!File.Exists(path)) throw new UsageException($"There is no file or folder '{path}'; wanted --lora FILE or FILE:WEIGHT.");
        return new(ConceptConversion.Ready(path, model, "object"), weight);
    }

    /// <summary>What is behind the last colon is the weight where it is a number, and the whole is no file.</summary>
    private static (string Path, double Weight) Parts(string text)
    {
        var colon = text.LastIndexOf(':');
        return !Path.Exists(text) && colon > 0
            && double.TryParse(text.AsSpan(colon + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out var weight)
            ? (text[..colon], weight) : (text, 1);
    }
}
